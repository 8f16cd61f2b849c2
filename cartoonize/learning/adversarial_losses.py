"""What the two players of an adversarial training minimise, as formulas on the discriminator's scores.

Each is a mean over pictures and patches. The scores are logits (dcgan), unbounded numbers (lsgan, wgan) or
energies of at least 0 (ebgan).
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional


class Game(ABC):
    """The losses of both players."""

    @abstractmethod
    def of_discriminator(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return what the discriminator minimises, from its scores of true and of predicted colours."""

    @abstractmethod
    def of_generator(self, predicted: Tensor) -> Tensor:
        """Return what the generator minimises, from the scores of its predictions."""


class Dcgan(Game):
    """Goodfellow et al. 2014: a classifier; the generator minimises -log D, as their section 3 advises.

    The formula of the documents, log(1 - D), has the same optimum and no gradient where D is sure.
    """

    def of_discriminator(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return -log D(x, y) - log(1 - D(x, G(x)))."""
        return functional.softplus(-true).mean() + functional.softplus(predicted).mean()

    def of_generator(self, predicted: Tensor) -> Tensor:
        """Return -log D(x, G(x))."""
        return functional.softplus(-predicted).mean()


class Lsgan(Game):
    """Mao et al. 2017, equation 9: least squares, with 0 for predicted and 1 for true."""

    def of_discriminator(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return (D(x, y) - 1)^2 / 2 + D(x, G(x))^2 / 2."""
        return 0.5 * (true - 1).square().mean() + 0.5 * predicted.square().mean()

    def of_generator(self, predicted: Tensor) -> Tensor:
        """Return (D(x, G(x)) - 1)^2 / 2."""
        return 0.5 * (predicted - 1).square().mean()


class Ebgan(Game):
    """Zhao et al. 2017, equations 1 and 2: energies, low for true colours; predicted ones count to a margin.

    Parameters
    ----------
    margin : float
        Energy from which on the discriminator is content with a prediction.
    """

    def __init__(self, margin: float = 0.5) -> None:
        self.margin = margin

    def of_discriminator(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return D(x, y) + [m - D(x, G(x))]+."""
        return true.mean() + functional.relu(self.margin - predicted).mean()

    def of_generator(self, predicted: Tensor) -> Tensor:
        """Return D(x, G(x))."""
        return predicted.mean()


class Wgan(Game):
    """Arjovsky et al. 2017, algorithm 1: a critic, whose weights are kept small elsewhere."""

    def of_discriminator(self, true: Tensor, predicted: Tensor) -> Tensor:
        """Return D(x, G(x)) - D(x, y)."""
        return predicted.mean() - true.mean()

    def of_generator(self, predicted: Tensor) -> Tensor:
        """Return -D(x, G(x))."""
        return -predicted.mean()


def gradient_penalty(critic: torch.nn.Module, true: Tensor, predicted: Tensor, shares: Tensor) -> Tensor:
    """Return the mean of (|gradient| - 1)^2 between true and predicted (Gulrajani et al. 2017, equation 3).

    Parameters
    ----------
    critic : Module
    true, predicted : Tensor, shape (n, 3, h, w)
        What it looks at.
    shares : Tensor, shape (n, 1, 1, 1)
        0..1, random: where between them the gradient of each picture is taken.
    """
    with torch.autocast(true.device.type, enabled=False):
        between = (shares * true + (1 - shares) * predicted).detach().requires_grad_()
        score = critic(between).mean((1, 2, 3)).sum()
        (gradient,) = torch.autograd.grad(score, between, create_graph=True)
        return (gradient.flatten(1).norm(dim=1) - 1).square().mean()
