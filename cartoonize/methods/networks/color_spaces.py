"""Colour spaces of the hypercolumn network: hue and chroma, quantiles of a and b, or the 313 bins.

Larsson et al. 2016 compare the first two; the third is that of Zhang et al. 2016.

Differences from Larsson et al.:

- Their hue and chroma are those of a colour bicone from HSL; here they are those of CIELAB.
- Their joint histogram of a and b has 16 x 16 quantiles. Here it has 32 x 32, the 1024 values that the thesis
  mentions (5.2).
- Here histograms are converted to the 313 bins and decoded as those of all networks. Their decoding, the
  circular mean of hue and the median of chroma, is ``colorize --decode hue-chroma``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from cartoonize.color.bins import AB_BINS, N_BINS, soft_encode, soft_histogram

#: Bins along each axis of the first two colour spaces.
N_STEPS = 32
#: Largest chroma; larger ones are clipped to it. It is also the largest |a| or |b| of other networks.
MAX_CHROMA = 110.0
#: Weight of the divergence of hues; it is also multiplied by the chroma in 0..1 (Larsson et al.).
HUE_WEIGHT = 5.0
#: Standard deviation of the Gaussian whose quantiles are the bins of a and b (Larsson et al.).
DEVIATION = 25.0


class ColorSpace(ABC):
    """Meaning of a network's logits as probabilities of colours."""

    n_outputs: int

    @abstractmethod
    def divergence(self, logits: Tensor, ab: Tensor) -> Tensor:
        """Return the mean divergence of predictions (..., n_outputs) from true colours (..., 2)."""

    @abstractmethod
    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the probability of each of `colors`, (..., k), from logits (..., n_outputs)."""

    @cached_property
    @abstractmethod
    def colors(self) -> Tensor:
        """CIELAB a and b, (k, 2)."""

    @cached_property
    def encoding(self) -> Tensor:
        """The colours as histograms over the 313 bins, (k, 313)."""
        with torch.device("cpu"):
            return soft_histogram(self.colors)


class HueChroma(ColorSpace):
    """Two independent histograms, of hue and of chroma.

    Grey has no hue. Therefore the divergence of hues is multiplied by the chroma.
    """

    n_outputs = 2 * N_STEPS

    def divergence(self, logits: Tensor, ab: Tensor) -> Tensor:
        """Return the mean of KL(chroma) + 5 x chroma x KL(hue)."""
        hue, chroma = logits[..., :N_STEPS], logits[..., N_STEPS:]
        true_hue = torch.atan2(ab[..., 1], ab[..., 0]) / (2 * math.pi) % 1 * N_STEPS
        true_chroma = (ab.square().sum(-1).sqrt() / MAX_CHROMA).clamp(max=1)
        of_hue = _divergence(hue, _between(true_hue, circular=True))
        of_chroma = _divergence(chroma, _between(true_chroma * (N_STEPS - 1)))
        return (of_chroma + HUE_WEIGHT * true_chroma * of_hue).mean()

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the products of both histograms, (..., 1024); chroma varies fastest."""
        hue, chroma = (torch.softmax(part, -1) for part in (logits[..., :N_STEPS], logits[..., N_STEPS:]))
        return (hue[..., :, None] * chroma[..., None, :]).flatten(-2)

    @cached_property
    def colors(self) -> Tensor:
        """All pairs of a hue and a chroma, (1024, 2)."""
        hue = torch.arange(N_STEPS, device="cpu").float() / N_STEPS * 2 * math.pi
        chroma = torch.linspace(0, MAX_CHROMA, N_STEPS, device="cpu")
        return torch.stack([hue.cos()[:, None] * chroma, hue.sin()[:, None] * chroma], -1).view(-1, 2)


class Quantiles(ColorSpace):
    """One histogram over 1024 colours: 32 x 32 quantiles of a Gaussian in a and b.

    The quantiles are densest near grey and end at about 54. According to the thesis (5.2), this favours
    desaturated colours.
    """

    n_outputs = N_STEPS * N_STEPS

    def divergence(self, logits: Tensor, ab: Tensor) -> Tensor:
        """Return the mean KL; a true colour is shared between the four bins around it."""
        steps = _steps().to(ab.device)
        above = torch.searchsorted(steps, ab.contiguous()).clamp(1, N_STEPS - 1)
        low, high = steps[above - 1], steps[above]
        position = above - 1 + ((ab - low) / (high - low)).clamp(0, 1)
        (at_a, of_a), (at_b, of_b) = _between(position[..., 0]), _between(position[..., 1])
        bins = (at_a[..., :, None] * N_STEPS + at_b[..., None, :]).flatten(-2)
        shares = (of_a[..., :, None] * of_b[..., None, :]).flatten(-2)
        return _divergence(logits, (bins, shares)).mean()

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the probability of each colour, (..., 1024)."""
        return torch.softmax(logits, -1)

    @cached_property
    def colors(self) -> Tensor:
        """All pairs of an a and a b, (1024, 2)."""
        return torch.cartesian_prod(_steps(), _steps())


class Bins(ColorSpace):
    """The 313 bins of Zhang et al., softly encoded."""

    n_outputs = N_BINS

    def divergence(self, logits: Tensor, ab: Tensor) -> Tensor:
        """Return the mean KL, as `cartoonize.learning.losses.divergence` without rebalancing."""
        return _divergence(logits, soft_encode(ab)).mean()

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the probability of each bin, (..., 313)."""
        return torch.softmax(logits, -1)

    @cached_property
    def colors(self) -> Tensor:
        """The bins, (313, 2)."""
        return torch.from_numpy(AB_BINS.copy())

    @cached_property
    def encoding(self) -> Tensor:
        """The identity, (313, 313)."""
        return torch.eye(N_BINS, device="cpu")


#: Colour spaces by name, for ``train --set bins=...``.
COLOR_SPACES: dict[str, type[ColorSpace]] = {"hue-chroma": HueChroma, "quantile": Quantiles, "zhang": Bins}


def _steps() -> Tensor:
    """Return the centres of 32 quantiles of the Gaussian."""
    shares = (torch.arange(N_STEPS, device="cpu").float() + 0.5) / N_STEPS
    return DEVIATION * math.sqrt(2) * torch.erfinv(2 * shares - 1)


def _between(position: Tensor, *, circular: bool = False) -> tuple[Tensor, Tensor]:
    """Share positions (...) between the bins below and above: bins and shares, (..., 2) each."""
    below = position.floor().clamp(0, N_STEPS - 1)
    above = (below + 1) % N_STEPS if circular else (below + 1).clamp(max=N_STEPS - 1)
    share = position - below
    return torch.stack([below, above], -1).long(), torch.stack([1 - share, share], -1)


def _divergence(logits: Tensor, target: tuple[Tensor, Tensor]) -> Tensor:
    """Return KL(P || P_hat), (...), of a sparse P: bins and shares, (..., m) each."""
    bins, shares = target
    log_p_hat = functional.log_softmax(logits, -1, dtype=torch.float32).gather(-1, bins)
    return (shares * (shares.clamp_min(1e-12).log() - log_p_hat)).sum(-1)
