"""Input size of the networks."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

#: Side of the random crops in training, and of the network's input when it colours (thesis 5.1, 7.4).
NETWORK_SIZE = 224


def to_network_size(luminance: Tensor, side: int = NETWORK_SIZE) -> Tensor:
    """Resize pictures (n, 1, h, w) to (n, 1, side, side), with antialiasing."""
    size = (side, side)
    # On CPUs, antialiasing does not support bfloat16.
    small = functional.interpolate(
        luminance.float(), size=size, mode="bilinear", antialias=True, align_corners=False
    )
    return small.to(luminance.dtype)
