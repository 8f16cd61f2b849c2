"""The small autoencoder of Leisher and Martin, "Image Colorization", section IV: 17,555 parameters."""

from __future__ import annotations

from torch import Tensor, nn

from cartoonize.methods.networks.plain import scaled


class Tiny(nn.Module):
    """Six convolutions, down to a quarter of the size and up again.

    The paper has ReLU after every layer. After the last layer it would exclude negative a and b, so here the
    last layer is linear. The other activations, sizes and counts are those of the paper.

    Parameters
    ----------
    width : float
        Multiplier of the channel counts; below 1.0 it has no effect.
    output : {"ab"}
        a and b as 128 x the last layer. The network's input and output have the range -1..1.
    """

    def __init__(self, *, width: float = 1.0, output: str = "ab") -> None:
        super().__init__()
        if output != "ab":
            raise ValueError(f"this network has no output {output!r}")

        def n(channels: int) -> int:
            return scaled(channels, max(1.0, width))

        self.layers = nn.Sequential(
            nn.Conv2d(1, n(16), 5, padding=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(n(16), n(16), 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(n(16), n(12), 5, padding=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(n(12), n(9), 5, stride=2, padding=2),
            nn.ReLU(inplace=True),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(n(9), n(32), 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(n(32), 2, 3, padding=1),
        )

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w); h and w are multiples of 4."""
        ab: Tensor = self.layers(luminance * 2 - 1)
        return ab * 128
