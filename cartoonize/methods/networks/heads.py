"""Last layer of the networks: logits over the 313 ab bins, or a and b."""

from __future__ import annotations

from torch import Tensor, nn

from cartoonize.color.bins import N_BINS

#: Largest |a| or |b| of an "ab" head (thesis 5.1.1 and 7.1).
AB_SCALE = 110.0


class Head(nn.Conv2d):
    """A 1x1 convolution to logits over the bins, or to a and b.

    Parameters
    ----------
    n_inputs : int
        Input channels.
    output : {"histogram", "ab"}
        Logits, or a and b as 110 x tanh of the convolution.
    bounded : bool
        If False, a and b are 110 x the convolution, without tanh.
    """

    def __init__(self, n_inputs: int, output: str, *, bounded: bool = True) -> None:
        super().__init__(n_inputs, {"histogram": N_BINS, "ab": 2}[output], 1)
        self.output = output
        self.bounded = bounded

    def forward(self, features: Tensor) -> Tensor:
        """Map (n, n_inputs, h, w) to logits (n, 313, h, w), or to a and b (n, 2, h, w)."""
        x = super().forward(features)
        if self.output == "histogram":
            return x
        return (x.tanh() if self.bounded else x) * AB_SCALE
