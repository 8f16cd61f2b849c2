"""Our own network, made for one series: small, sees the whole picture, and paints with the series' palette.

An encoder and a decoder with skips (Ronneberger et al. 2015), the mean of the deepest features beside them
everywhere, and a distribution over a few colours at the head: the paints of a series are few. At width 1.0 it
takes 3.9 GFLOP for 224x224 pixels, a sixteenth of the plain network.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cartoonize.color.bins import N_BINS, soft_histogram
from cartoonize.methods.networks.plain import scaled

#: Colours of the palette: the true colours of two films are 1.5 CIEDE2000 from the nearest of so many.
N_COLORS = 64
#: Channels at 1/2, 1/4, ... 1/32 of the input's size.
ENCODER = (32, 64, 128, 192, 256)
#: Channels on the way back up, at 1/16, 1/8, 1/4.
DECODER = (192, 128, 96)


class Series(nn.Module):
    """A distribution over a palette, told in the 313 bins.

    Parameters
    ----------
    width : float
        Multiplier of all channel counts but the head's.
    output : {"histogram"}
        Logits over the 313 bins, as other networks have them: so members can be combined.
    """

    palette: Tensor
    """(64, 2) CIELAB a and b."""
    encoding: Tensor
    """(64, 313) the palette, softly encoded."""

    def __init__(self, *, width: float = 1.0, output: str = "histogram") -> None:
        super().__init__()
        if output != "histogram":
            raise ValueError(f"a palette has no output {output!r}")
        encoder = [scaled(n, width) for n in ENCODER]
        decoder = [scaled(n, width) for n in DECODER]
        inputs = [1, *encoder]
        self.down = nn.ModuleList(_block(n, m, stride=2) for n, m in zip(inputs, encoder, strict=False))
        self.context = nn.Linear(encoder[-1], encoder[-1])
        below = [encoder[-1], *decoder]
        beside = encoder[-2:-5:-1]
        self.up = nn.ModuleList(_block(n + m, k) for n, m, k in zip(below, beside, decoder, strict=False))
        self.pred = nn.Conv2d(decoder[-1], N_COLORS, 1)
        self.register_buffer("palette", torch.zeros(N_COLORS, 2))
        self.register_buffer("encoding", torch.full((N_COLORS, N_BINS), 1 / N_BINS))

    def learn_palette(self, ab: NDArray[np.float32]) -> None:
        """Take the centres of k-means over colours (n, 2) for the palette; the same for the same colours."""
        from sklearn.cluster import KMeans

        distinct = len(np.unique(ab, axis=0))
        clusters = KMeans(min(N_COLORS, distinct), n_init=1, random_state=0).fit(ab)
        self.paint(clusters.cluster_centers_.astype(np.float32))

    def paint(self, colors: NDArray[np.float32]) -> None:
        """Set the palette: at most 64 colours (n, 2), the last of which is repeated."""
        repeated = np.concatenate([colors, np.repeat(colors[-1:], N_COLORS - len(colors), 0)])
        self.palette.copy_(torch.from_numpy(repeated))
        self.encoding.copy_(soft_histogram(self.palette.cpu()))

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to logits (n, 313, h/4, w/4); h and w are multiples of 32."""
        x = luminance
        levels = []
        for block in self.down:
            x = block(x)
            levels.append(x)
        x = x + functional.relu(self.context(x.mean((2, 3))))[:, :, None, None]
        for block, skip in zip(self.up, levels[-2::-1], strict=False):
            x = block(torch.cat([functional.interpolate(x, scale_factor=2), skip], 1))
        return self._in_bins(self.pred(x))

    def _in_bins(self, logits: Tensor) -> Tensor:
        with torch.autocast(logits.device.type, enabled=False):
            colors = torch.softmax(logits.permute(0, 2, 3, 1).float(), -1)
            return (colors @ self.encoding).clamp_min(1e-8).log().permute(0, 3, 1, 2)


def _block(n_inputs: int, n_outputs: int, stride: int = 1) -> nn.Sequential:
    """Stack two convolutions, each with batch norm and ReLU; the first may halve the size."""
    layers: list[nn.Module] = []
    for n, step in ((n_inputs, stride), (n_outputs, 1)):
        layers += [
            nn.Conv2d(n, n_outputs, 3, step, padding=1, bias=False),
            nn.BatchNorm2d(n_outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)
