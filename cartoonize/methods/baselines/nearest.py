"""Third baseline: the colours of the most similar training frame.

In a series with recurring backgrounds, that frame often shows the same place, with figures in other
positions.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from cartoonize.methods.classical.common.frame_store import FrameStore

#: Side of the stored colours in pixels.
COLORS = 128


class Nearest(FrameStore):
    """Colours of the most similar training frame."""

    colors: Tensor
    """(frames, 2, 128, 128) int8 CIELAB a and b."""

    def __init__(self) -> None:
        super().__init__(colors=torch.empty(0, 2, COLORS, COLORS, dtype=torch.int8))

    def extract(self, luminance: Tensor, ab: Tensor) -> dict[str, Tensor]:
        """Return ab at 128x128, rounded."""
        small = functional.interpolate(ab, size=(COLORS, COLORS), mode="area")
        return {"colors": small.round().clamp(-128, 127).to(torch.int8)}

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w)."""
        found = self.colors[self.find(luminance)].float()
        return functional.interpolate(found, size=luminance.shape[2:], mode="bilinear", align_corners=False)
