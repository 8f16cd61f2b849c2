"""The discriminator while a generator is trained: it learns, and it judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cartoonize.learning.adversarial_losses import Dcgan, Ebgan, Game, Lsgan, Wgan, gradient_penalty
from cartoonize.methods.networks.discriminator import Discriminator, Energy, seen

#: Deviation of a discriminator's first weights (Radford et al. 2016, section 4).
DEVIATION = 0.02


class Opponent:
    """A discriminator with its optimizer.

    Parameters
    ----------
    network : Module
        Scores what `seen` returns.
    game : Game
    optimizer : Optimizer
        Of the network's parameters.
    weight : float
        lambda_1: how much its judgement counts in the generator's loss.
    turns : int
        Times that it learns, each time from another batch, before the generator does.
    clip : float
        Largest weight that it may have (Arjovsky et al. 2017); 0: any.
    penalty : float
        Weight of the gradient penalty.
    """

    def __init__(
        self,
        network: nn.Module,
        game: Game,
        optimizer: torch.optim.Optimizer,
        *,
        weight: float = 1.0,
        turns: int = 1,
        clip: float = 0.0,
        penalty: float = 0.0,
    ) -> None:
        self.network, self.game, self.optimizer = network, game, optimizer
        self.weight, self.turns, self.clip, self.penalty = weight, turns, clip, penalty

    def learn(self, luminance: Tensor, ab: Tensor, predicted: Tensor) -> float:
        """Make one step; return the loss before it.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, H, W)
            L x 0.01.
        ab, predicted : Tensor, shape (n, 2, h, w)
            True colours, and the generator's.
        """
        self.network.train().requires_grad_(True)
        with torch.enable_grad():
            loss = self._loss(luminance, ab, predicted)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(loss.device.type, enabled=False):
            loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        if self.clip:
            with torch.no_grad():
                for parameter in self.network.parameters():
                    parameter.clamp_(-self.clip, self.clip)
        return float(loss.detach())

    def _loss(self, luminance: Tensor, ab: Tensor, predicted: Tensor) -> Tensor:
        true, false = seen(luminance, ab), seen(luminance, predicted.detach())
        loss = self.game.of_discriminator(self.network(true).float(), self.network(false).float())
        if self.penalty:
            shares = torch.rand(len(true), 1, 1, 1, device=true.device)
            loss = loss + self.penalty * gradient_penalty(self.network, true, false, shares)
        return loss

    def judge(self, luminance: Tensor, predicted: Tensor) -> Tensor:
        """Return what the generator has to minimise to please it, times lambda_1."""
        # The gradient goes through it, to the generator. And autocast does not take the weights of before the
        # last step for those of now: it remembers only those that learn.
        self.network.requires_grad_(False)
        return self.weight * self.game.of_generator(self.network(seen(luminance, predicted)).float())


def opponent_for(
    game: str, settings: Mapping[str, Any], *, width: float, make_optimizer: Any, seed: int
) -> Opponent:
    """Return the discriminator of a game, with fresh weights.

    Parameters
    ----------
    game : {"dcgan", "lsgan", "ebgan", "wgan"}
    settings : mapping
        ``lambda1``, ``turns`` and, where the game has them, ``margin``, ``clip``, ``gradient_penalty``.
    width : float
        Multiplier of its channel counts.
    make_optimizer : callable
        Makes one for parameters: the generator's kind.
    seed : int
        Of its weights.
    """
    games = {"dcgan": Dcgan(), "lsgan": Lsgan(), "ebgan": Ebgan(settings.get("margin", 0.5)), "wgan": Wgan()}
    penalty = float(settings.get("gradient_penalty", 0.0))
    # One of the two keeps the critic's slope small.
    clip = 0.0 if penalty else float(settings.get("clip", 0.0))
    network = Energy(width) if game == "ebgan" else Discriminator(width, normalized=not penalty)
    generator = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, DEVIATION, generator=generator)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return Opponent(
        network,
        games[game],
        make_optimizer(network.parameters()),
        weight=float(settings["lambda1"]),
        turns=int(settings["turns"]),
        clip=clip,
        penalty=penalty,
    )
