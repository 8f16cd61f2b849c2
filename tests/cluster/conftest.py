"""Two workers, two films and two networks for all tests of a module."""

import pytest
import torch

from cartoonize.cluster import connection as clusters
from cartoonize.coloring.ensemble import Choice
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.registry import VARIANTS
from cartoonize.video import write_film
from tests.support.workers import SHOTS, WIDTH, pictures


@pytest.fixture(scope="module")
def cluster():
    """Start two workers."""
    with clusters._local_cluster(2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write two films and two untrained networks."""
    folder = tmp_path_factory.mktemp("scheduler")
    for number, shots in SHOTS.items():
        write_film(folder / f"e{number}.mkv", pictures(shots, number), frame_rate=24, gop=20)
    torch.manual_seed(0)
    for name, luminance in (("plain", "grey"), ("residual-norebalance", "cielab")):
        header = {"variant": name, "name": name, "width": WIDTH, "luminance": luminance}
        write_checkpoint(folder / f"{name}.safetensors", VARIANTS[name].build(WIDTH).state_dict(), header)
    return folder


@pytest.fixture(scope="module")
def ensemble(folder):
    return Choice(checkpoints=tuple(sorted(folder.glob("*.safetensors"))))
