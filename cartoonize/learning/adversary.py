"""The discriminator of an adversarial training, with its loss and optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cartoonize.learning.adversarial_losses import (
    AdversarialLoss,
    Dcgan,
    Ebgan,
    Lsgan,
    Wgan,
    gradient_penalty,
    pulling_away,
)
from cartoonize.methods.networks.discriminator import (
    Discriminator,
    EnergyDiscriminator,
    discriminator_input,
)

#: Standard deviation of a discriminator's initial weights (Radford et al. 2016, section 4).
DEVIATION = 0.02


class Adversary:
    """A discriminator that learns while a generator is trained.

    Parameters
    ----------
    network : Module
        Scores tensors from `discriminator_input`.
    loss : AdversarialLoss
    optimizer : Optimizer
        Optimizer of the network's parameters.
    weight : float
        lambda_1: weight of the adversarial loss in the generator's loss.
    turns : int
        Updates of the discriminator, each on a batch of its own, for each update of the generator.
    clip : float
        Largest absolute weight (Arjovsky et al. 2017); 0 for no limit.
    penalty : float
        Weight of the gradient penalty.
    pull_away : float
        Weight of `pulling_away` in the generator's loss; above 0 for an `EnergyDiscriminator` only.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: AdversarialLoss,
        optimizer: torch.optim.Optimizer,
        *,
        weight: float = 1.0,
        turns: int = 1,
        clip: float = 0.0,
        penalty: float = 0.0,
        pull_away: float = 0.0,
    ) -> None:
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.weight, self.turns, self.clip, self.penalty = weight, turns, clip, penalty
        self.pull_away = pull_away

    def step(self, luminance: Tensor, ab: Tensor, predicted: Tensor) -> float:
        """Update the discriminator once and return its loss before the update.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, H, W)
            L x 0.01.
        ab, predicted : Tensor, shape (n, 2, h, w)
            True colours, and those of the generator.
        """
        self.network.train().requires_grad_(True)
        with torch.enable_grad():
            loss = self._discriminator_loss(luminance, ab, predicted)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(loss.device.type, enabled=False):
            loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        if self.clip:
            with torch.no_grad():
                for parameter in self.network.parameters():
                    parameter.clamp_(-self.clip, self.clip)
        return float(loss.detach())

    def generator_loss(self, luminance: Tensor, predicted: Tensor) -> Tensor:
        """Return lambda_1 times the adversarial loss of the generator's predictions."""
        # The gradient passes through the discriminator to the generator. Autocast caches copies of weights
        # that require gradients: without this line it would use the copies from before the last step.
        self.network.requires_grad_(False)
        inputs = discriminator_input(luminance, predicted)
        if not self.pull_away:
            return self.weight * self.loss.generator_loss(self.network(inputs).float())
        assert isinstance(self.network, EnergyDiscriminator)
        scores, codes = self.network.energy_and_code(inputs)
        return self.weight * (self.loss.generator_loss(scores.float()) + self.pull_away * pulling_away(codes))

    def _discriminator_loss(self, luminance: Tensor, ab: Tensor, predicted: Tensor) -> Tensor:
        true = discriminator_input(luminance, ab)
        false = discriminator_input(luminance, predicted.detach())
        loss = self.loss.discriminator_loss(self.network(true).float(), self.network(false).float())
        if self.penalty:
            shares = torch.rand(len(true), 1, 1, 1, device=true.device)
            loss = loss + self.penalty * gradient_penalty(self.network, true, false, shares)
        return loss


def make_adversary(
    kind: str,
    settings: Mapping[str, Any],
    *,
    width: float,
    make_optimizer: Callable[[Iterator[nn.Parameter]], torch.optim.Optimizer],
    seed: int,
) -> Adversary:
    """Return an adversary with new weights.

    Parameters
    ----------
    kind : {"dcgan", "lsgan", "ebgan", "wgan"}
    settings : mapping
        ``lambda1``, ``turns`` and, if the kind has them, ``margin``, ``pull_away``, ``clip``,
        ``gradient_penalty``.
    width : float
        Multiplier of the discriminator's channel counts.
    make_optimizer : callable
        Returns an optimizer for parameters, of the same kind as the generator's.
    seed : int
        Seed of the initial weights.
    """
    losses = {"dcgan": Dcgan(), "lsgan": Lsgan(), "ebgan": Ebgan(settings.get("margin", 0.5)), "wgan": Wgan()}
    penalty = float(settings.get("gradient_penalty", 0.0))
    # Clipping and the penalty both limit the critic's slope: one of them is enough.
    clip = 0.0 if penalty else float(settings.get("clip", 0.0))
    network = EnergyDiscriminator(width) if kind == "ebgan" else Discriminator(width, normalized=not penalty)
    generator = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, DEVIATION, generator=generator)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return Adversary(
        network,
        losses[kind],
        make_optimizer(network.parameters()),
        weight=float(settings["lambda1"]),
        turns=int(settings["turns"]),
        clip=clip,
        penalty=penalty,
        pull_away=float(settings.get("pull_away", 0.0)),
    )
