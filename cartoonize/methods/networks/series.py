"""Small networks for one series, whose output is a distribution over the palette of the series.

They have an encoder and a decoder with skip connections (Ronneberger et al. 2015). The mean of the deepest
features is added at every position, so that every pixel depends on the whole picture. The palette is small,
because a series has few paints. At width 1.0 and for 224x224 pixels, `Series` needs 3.9 GFLOP, a sixteenth of
the plain network. `SeriesPhotos` needs two fifths of that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cartoonize.color.bins import N_BINS, SIGMA, soft_histogram
from cartoonize.methods.networks.plain import scaled
from cartoonize.methods.retrieval.efficientnet import LEVELS, EfficientNetLite0

#: Colours of the palette. On two films, true colours were 1.5 CIEDE2000 from the nearest of 64.
N_COLORS = 64
#: Channels at 1/2, 1/4, ... 1/32 of the input's size.
ENCODER = (32, 64, 128, 192, 256)
#: Channels of the decoder, at 1/16, 1/8, 1/4.
DECODER = (192, 128, 96)
#: The same for an encoder that has seen photographs. With twice as many, an update took 2.4 times as long.
#: Together with `region-knn`, the colours were no better on two validation episodes.
SMALL_DECODER = (96, 64, 48)


class PaletteNetwork(nn.Module, ABC):
    """A distribution over a palette, converted to the 313 bins, from the features of any encoder.

    A subclass makes its encoder, and then the decoder by `_add_decoder`.
    """

    palette: Tensor
    """(64, 2) CIELAB a and b."""
    encoding: Tensor
    """(64, 313) the palette as histograms, from `soft_histogram`."""

    def _add_decoder(
        self, channels: Sequence[int], decoder: Sequence[int], width: float, output: str
    ) -> None:
        """Add everything but the encoder.

        Parameters
        ----------
        channels : sequence of int
            Channels of the encoder's five levels, at 1/2 to 1/32 of the input's size.
        decoder : sequence of int
            Channels of the decoder, at 1/16, 1/8 and 1/4.
        width : float
            Multiplier of the decoder's channel counts, except the head's.
        output : str
            ``"histogram"``, the only output of a palette.
        """
        if output != "histogram":
            raise ValueError(f"a palette has no output {output!r}")
        decoder = [scaled(n, width) for n in decoder]
        self.context = nn.Linear(channels[-1], channels[-1])
        below = [channels[-1], *decoder]
        beside = channels[-2:-5:-1]
        self.up = nn.ModuleList(_block(n + m, k) for n, m, k in zip(below, beside, decoder, strict=False))
        self.pred = nn.Conv2d(decoder[-1], N_COLORS, 1)
        self.register_buffer("palette", torch.zeros(N_COLORS, 2))
        self.register_buffer("encoding", torch.full((N_COLORS, N_BINS), 1 / N_BINS))

    @abstractmethod
    def encode(self, luminance: Tensor) -> list[Tensor]:
        """Map L x 0.01, (n, 1, h, w), to five levels of features, the finest first."""

    def learn_palette(self, ab: NDArray[np.float32]) -> None:
        """Set the palette to the centres of k-means over colours (n, 2); the result is deterministic."""
        from sklearn.cluster import KMeans

        distinct = len(np.unique(ab, axis=0))
        clusters = KMeans(min(N_COLORS, distinct), n_init=1, random_state=0).fit(ab)
        self.set_palette(clusters.cluster_centers_.astype(np.float32))

    def set_palette(self, colors: NDArray[np.float32]) -> None:
        """Set the palette to at most 64 colours (n, 2); the last one is repeated to fill it."""
        repeated = np.concatenate([colors, np.repeat(colors[-1:], N_COLORS - len(colors), 0)])
        self.palette.copy_(torch.from_numpy(repeated))
        self.encoding.copy_(soft_histogram(self.palette.cpu()))

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to logits (n, 313, h/4, w/4); h and w are multiples of 32."""
        return self._in_bins(self._paints(luminance))

    def loss(self, luminance: Tensor, ab: Tensor, labels: Tensor) -> Tensor:
        """Return the divergence of the predicted shares of the palette from those of the true colours.

        True colours are encoded softly, as in Zhang et al. 2016, but over the palette instead of the 313
        bins: the share of a paint falls with its distance from the colour as a Gaussian of sigma 5. The loss
        is KL(P || P_hat), mean over pixels. It takes a third less time than the divergence over the bins.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, h, w)
            L x 0.01.
        ab : Tensor, shape (n, 2, h / 4, w / 4)
            True a and b.
        labels : Tensor
            Not used.
        """
        logits = self._paints(luminance).permute(0, 2, 3, 1)
        with torch.autocast(logits.device.type, enabled=False):
            predicted = torch.log_softmax(logits.float(), -1)
            true = self._log_shares(ab)
            return (true.exp() * (true - predicted)).sum(-1).mean()

    def _log_shares(self, ab: Tensor) -> Tensor:
        """Return the log shares of the palette (n, h, w, 64) that encode colours (n, 2, h, w)."""
        colors = ab.permute(0, 2, 3, 1)
        # Squared distances, without the square of the colour, which the softmax cancels.
        squared = self.palette.square().sum(1) - 2 * colors @ self.palette.T
        return torch.log_softmax(-squared / (2 * SIGMA**2), -1)

    def _paints(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to logits over the palette (n, 64, h/4, w/4)."""
        levels = self.encode(luminance)
        x = levels[-1]
        x = x + functional.relu(self.context(x.mean((2, 3))))[:, :, None, None]
        for block, skip in zip(self.up, levels[-2::-1], strict=False):
            x = block(torch.cat([functional.interpolate(x, scale_factor=2), skip], 1))
        logits: Tensor = self.pred(x)
        return logits

    def _in_bins(self, logits: Tensor) -> Tensor:
        with torch.autocast(logits.device.type, enabled=False):
            colors = torch.softmax(logits.permute(0, 2, 3, 1).float(), -1)
            return (colors @ self.encoding).clamp_min(1e-8).log().permute(0, 3, 1, 2)


class Series(PaletteNetwork):
    """The encoder is trained with the decoder.

    Parameters
    ----------
    width : float
        Multiplier of all channel counts except the head's.
    output : {"histogram"}
        Logits over the 313 bins, so that predictions can be combined with those of other networks.
    """

    def __init__(self, *, width: float = 1.0, output: str = "histogram") -> None:
        super().__init__()
        channels = [scaled(n, width) for n in ENCODER]
        inputs = [1, *channels]
        self.down = nn.ModuleList(_block(n, m, stride=2) for n, m in zip(inputs, channels, strict=False))
        self._add_decoder(channels, DECODER, width, output)

    def encode(self, luminance: Tensor) -> list[Tensor]:
        """Map L x 0.01, (n, 1, h, w), to five levels of features, the finest first."""
        levels = [luminance]
        for block in self.down:
            levels.append(block(levels[-1]))
        return levels[1:]


class SeriesPhotos(PaletteNetwork):
    """The encoder has seen photographs, and its weights do not change.

    They come from `photo_weights.fill`. A training that changed them, too, at a tenth of the learning rate,
    took twice as long, and was worse on a validation episode.

    Parameters
    ----------
    width : float
        Multiplier of the decoder's channel counts, except the head's.
    output : {"histogram"}
        Logits over the 313 bins, so that predictions can be combined with those of other networks.
    """

    def __init__(self, *, width: float = 1.0, output: str = "histogram") -> None:
        super().__init__()
        self.photos = EfficientNetLite0().requires_grad_(False)
        self._add_decoder(LEVELS, SMALL_DECODER, width, output)

    def encode(self, luminance: Tensor) -> list[Tensor]:
        """Map L x 0.01, (n, 1, h, w), to five levels of features, the finest first."""
        pictures = (luminance * 2 - 1).expand(-1, 3, -1, -1)
        return self.photos.levels(pictures.contiguous(memory_format=torch.channels_last))


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
