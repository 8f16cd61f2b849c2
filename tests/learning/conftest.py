"""Pictures of coloured blocks, to train on."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def pictures():
    """Return twelve pictures (256, 256, 3) of 16 blocks in random colours."""
    blocks = np.random.default_rng(0).integers(0, 256, (12, 4, 4, 3)).astype(np.uint8)
    return blocks.repeat(64, 1).repeat(64, 2)
