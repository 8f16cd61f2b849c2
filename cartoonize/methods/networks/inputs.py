"""Input size of the networks."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

#: Side of the random crops in training, and of the network's input when it colours (thesis 5.1, 7.4).
NETWORK_SIZE = 224


def to_network_size(luminance: Tensor) -> Tensor:
    """Resize pictures (n, 1, h, w) to (n, 1, 224, 224), with antialiasing."""
    size = (NETWORK_SIZE, NETWORK_SIZE)
    # On CPUs, antialiasing does not support bfloat16.
    small = functional.interpolate(
        luminance.float(), size=size, mode="bilinear", antialias=True, align_corners=False
    )
    return small.to(luminance.dtype)
