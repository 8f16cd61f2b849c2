"""What a network can tell colours in: hue and chroma, quantiles of a and b, or the 313 bins.

Larsson et al. 2016 try the first two; the third is Zhang's.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from cartoonize.color.bins import AB_BINS, N_BINS, soft_encode, soft_histogram

#: Bins along each axis of the first two.
N_STEPS = 32
#: Largest chroma that is told from a larger one, as of a and b elsewhere.
MOST_CHROMA = 110.0
#: How much the divergence of hues counts, times the chroma in 0..1 (Larsson et al.).
HUE_WEIGHT = 5.0
#: Deviation of the Gaussian whose quantiles a and b are binned by (Larsson et al.).
DEVIATION = 25.0


class ColorSpace(ABC):
    """Logits of a network, and what they say of colours."""

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
    """Two histograms, of hue and of chroma, independent of each other.

    The hue of a colour without chroma is nothing: so its divergence counts by the chroma. The
    paper's hue and chroma are HSL's; here they are CIELAB's, as all colours of this program.
    """

    n_outputs = 2 * N_STEPS

    def divergence(self, logits: Tensor, ab: Tensor) -> Tensor:
        """Return KL of chroma plus 5 x chroma x KL of hue."""
        hue, chroma = logits[..., :N_STEPS], logits[..., N_STEPS:]
        true_hue = torch.atan2(ab[..., 1], ab[..., 0]) / (2 * math.pi) % 1 * N_STEPS
        true_chroma = (ab.square().sum(-1).sqrt() / MOST_CHROMA).clamp(max=1)
        of_hue = _divergence(hue, _between(true_hue, circular=True))
        of_chroma = _divergence(chroma, _between(true_chroma * (N_STEPS - 1)))
        return (of_chroma + HUE_WEIGHT * true_chroma * of_hue).mean()

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the products of both, hue by hue, (..., 1024)."""
        hue, chroma = (torch.softmax(part, -1) for part in (logits[..., :N_STEPS], logits[..., N_STEPS:]))
        return (hue[..., :, None] * chroma[..., None, :]).flatten(-2)

    @cached_property
    def colors(self) -> Tensor:
        """All pairs of a hue and a chroma, (1024, 2)."""
        hue = torch.arange(N_STEPS, device="cpu").float() / N_STEPS * 2 * math.pi
        chroma = torch.linspace(0, MOST_CHROMA, N_STEPS, device="cpu")
        return torch.stack([hue.cos()[:, None] * chroma, hue.sin()[:, None] * chroma], -1).view(-1, 2)


class Quantiles(ColorSpace):
    """One histogram over 1024 colours: 32 x 32 quantiles of a Gaussian in a and b.

    They lie closest around grey and end at about 54: the thesis (5.1.2) says why that favours pale colours.
    """

    n_outputs = N_STEPS * N_STEPS

    def divergence(self, logits: Tensor, ab: Tensor) -> Tensor:
        """Return KL; a true colour is shared by the four around it."""
        steps = _steps().to(ab.device)
        above = torch.searchsorted(steps, ab.contiguous()).clamp(1, N_STEPS - 1)
        low, high = steps[above - 1], steps[above]
        position = above - 1 + ((ab - low) / (high - low)).clamp(0, 1)
        (at_a, of_a), (at_b, of_b) = _between(position[..., 0]), _between(position[..., 1])
        bins = (at_a[..., :, None] * N_STEPS + at_b[..., None, :]).flatten(-2)
        shares = (of_a[..., :, None] * of_b[..., None, :]).flatten(-2)
        return _divergence(logits, (bins, shares)).mean()

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return one for each colour, (..., 1024)."""
        return torch.softmax(logits, -1)

    @cached_property
    def colors(self) -> Tensor:
        """All pairs of an a and a b, (1024, 2)."""
        return torch.cartesian_prod(_steps(), _steps())


class Bins(ColorSpace):
    """The 313 bins of Zhang et al., softly encoded."""

    n_outputs = N_BINS

    def divergence(self, logits: Tensor, ab: Tensor) -> Tensor:
        """Return KL, as `cartoonize.learning.losses.divergence` does without rebalancing."""
        return _divergence(logits, soft_encode(ab)).mean()

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return one for each bin, (..., 313)."""
        return torch.softmax(logits, -1)

    @cached_property
    def colors(self) -> Tensor:
        """The bins, (313, 2)."""
        return torch.from_numpy(AB_BINS.copy())

    @cached_property
    def encoding(self) -> Tensor:
        """Each is itself, (313, 313)."""
        return torch.eye(N_BINS, device="cpu")


#: By name, as ``train --set bins=...`` has them.
COLOR_SPACES: dict[str, type[ColorSpace]] = {"hue-chroma": HueChroma, "quantile": Quantiles, "zhang": Bins}


def _steps() -> Tensor:
    """Return the middles of 32 quantiles of the Gaussian."""
    shares = (torch.arange(N_STEPS, device="cpu").float() + 0.5) / N_STEPS
    return DEVIATION * math.sqrt(2) * torch.erfinv(2 * shares - 1)


def _between(position: Tensor, *, circular: bool = False) -> tuple[Tensor, Tensor]:
    """Share a position (...) between the bins below and above it: bins and shares, (..., 2) each."""
    below = position.floor().clamp(0, N_STEPS - 1)
    above = (below + 1) % N_STEPS if circular else (below + 1).clamp(max=N_STEPS - 1)
    share = position - below
    return torch.stack([below, above], -1).long(), torch.stack([1 - share, share], -1)


def _divergence(logits: Tensor, target: tuple[Tensor, Tensor]) -> Tensor:
    """Return KL(P || P_hat) (...) of sparse P: bins and shares, (..., m) each."""
    bins, shares = target
    log_p_hat = functional.log_softmax(logits, -1, dtype=torch.float32).gather(-1, bins)
    return (shares * (shares.clamp_min(1e-12).log() - log_p_hat)).sum(-1)
