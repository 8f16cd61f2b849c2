"""Adversarial losses: formulas of what a discriminator and a generator minimise.

Each loss is a mean over pictures and patches of the discriminator's scores. The scores are logits (dcgan),
unbounded numbers (lsgan, wgan) or energies of at least 0 (ebgan).
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional


class AdversarialLoss(ABC):
    """Losses of the discriminator and of the generator."""

    @abstractmethod
    def discriminator_loss(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return the discriminator's loss from its scores of true and of predicted colours."""

    @abstractmethod
    def generator_loss(self, predicted: Tensor) -> Tensor:
        """Return the generator's loss from the scores of its predictions."""


class Dcgan(AdversarialLoss):
    """Binary classification; the generator minimises -log D (Goodfellow et al. 2014, section 3).

    The documents print log(1 - D) instead of -log D. Both have the same optimum, but log(1 - D) has no
    gradient where the discriminator is certain.
    """

    def discriminator_loss(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return -log D(x, y) - log(1 - D(x, G(x)))."""
        return functional.softplus(-true).mean() + functional.softplus(predicted).mean()

    def generator_loss(self, predicted: Tensor) -> Tensor:
        """Return -log D(x, G(x))."""
        return functional.softplus(-predicted).mean()


class Lsgan(AdversarialLoss):
    """Least squares with targets 0 for predicted and 1 for true colours (Mao et al. 2017, equation 9)."""

    def discriminator_loss(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return (D(x, y) - 1)^2 / 2 + D(x, G(x))^2 / 2."""
        return 0.5 * (true - 1).square().mean() + 0.5 * predicted.square().mean()

    def generator_loss(self, predicted: Tensor) -> Tensor:
        """Return (D(x, G(x)) - 1)^2 / 2."""
        return 0.5 * (predicted - 1).square().mean()


class Ebgan(AdversarialLoss):
    """Energies with a margin (Zhao et al. 2017, equations 1 and 2).

    The energy of true colours becomes low, that of predicted colours rises to the margin. The generator
    minimises the energy, and `pulling_away` times its weight.

    Parameters
    ----------
    margin : float
        Energy above which a prediction does not count in the discriminator's loss.
    """

    def __init__(self, margin: float = 0.5) -> None:
        self.margin = margin

    def discriminator_loss(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return D(x, y) + [m - D(x, G(x))]+."""
        return true.mean() + functional.relu(self.margin - predicted).mean()

    def generator_loss(self, predicted: Tensor) -> Tensor:
        """Return D(x, G(x))."""
        return predicted.mean()


class Wgan(AdversarialLoss):
    """Scores of a critic (Arjovsky et al. 2017, algorithm 1).

    `cartoonize.learning.adversary.Adversary` clips the critic's weights or adds a gradient penalty.
    """

    def discriminator_loss(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return D(x, G(x)) - D(x, y)."""
        return predicted.mean() - true.mean()

    def generator_loss(self, predicted: Tensor) -> Tensor:
        """Return -D(x, G(x))."""
        return -predicted.mean()


def pulling_away(codes: Tensor) -> Tensor:
    """Return the mean squared cosine between the codes of different pictures (Zhao et al. 2017, section 2.4).

    It keeps the predictions of a batch from becoming alike.

    Parameters
    ----------
    codes : Tensor, shape (n, ...)
        What the encoder of `EnergyDiscriminator` makes of predictions.

    Returns
    -------
    Tensor
        A number in 0..1; 0 for a single picture.
    """
    n = len(codes)
    directions = functional.normalize(codes.float().flatten(1))
    squared = (directions @ directions.T).square()
    return (squared.sum() - squared.diagonal().sum()) / max(1, n * (n - 1))


def gradient_penalty(critic: torch.nn.Module, true: Tensor, predicted: Tensor, shares: Tensor) -> Tensor:
    """Return the mean of (|gradient| - 1)^2 between true and predicted (Gulrajani et al. 2017, equation 3).

    Parameters
    ----------
    critic : Module
    true, predicted : Tensor, shape (n, 3, h, w)
        Inputs of the critic.
    shares : Tensor, shape (n, 1, 1, 1)
        Random numbers in 0..1: the gradient of each picture is taken at this share of the way from predicted
        to true.
    """
    with torch.autocast(true.device.type, enabled=False):
        between = (shares * true + (1 - shares) * predicted).detach().requires_grad_()
        score = critic(between).mean((1, 2, 3)).sum()
        (gradient,) = torch.autograd.grad(score, between, create_graph=True)
        return (gradient.flatten(1).norm(dim=1) - 1).square().mean()
