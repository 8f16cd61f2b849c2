"""Schedule of a training: its length, batch size, learning rate and optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch


@dataclass(frozen=True)
class Schedule:
    """Length, batch size, learning rate and optimizer (defaults: thesis 7.3 and 7.4)."""

    epochs: int = 30
    updates: int | None = None
    """Length in updates of the weights, instead of epochs."""
    minutes: float | None = None
    """Limit of the training time, beside the length. Validation does not count."""
    patience: int = 0
    """Number of validations without a lower error after which the training ends; the weights of the best
    validation are kept. 0 for the whole length and the last weights."""
    batch_size: int = 24
    accumulate: int = 2
    """Batches whose gradients are summed before an update."""
    learning_rate: float = 1e-3
    drop: float = 0.3
    """Factor on the learning rate in the second half of the schedule (from epoch 15 of 30 on)."""
    optimizer: Literal["adam", "rmsprop"] = "adam"
    momentum: float = 0.9
    """beta_1 of Adam."""
    copies: int = 1
    """Times that an epoch shows each frame, each time in another crop."""

    def make_optimizer(self, parameters: Any) -> torch.optim.Optimizer:
        """Return a new optimizer for parameters. On a GPU, one kernel updates all of them."""
        parameters = list(parameters)
        if self.optimizer == "rmsprop":
            return torch.optim.RMSprop(parameters, lr=self.learning_rate)
        fused = parameters[0].device.type == "cuda"
        return torch.optim.Adam(parameters, lr=self.learning_rate, betas=(self.momentum, 0.999), fused=fused)

    def updates_per_epoch(self, n_samples: int, turns: int = 1) -> int:
        """Return the number of updates in an epoch.

        Parameters
        ----------
        n_samples : int
            Number of training frames.
        turns : int
            Batches of the discriminator for each batch of the generator; 1 without a discriminator.
        """
        return -(-n_samples * self.copies // (self.batch_size * self.accumulate * turns))

    def n_updates(self, updates_per_epoch: int) -> int:
        """Return the length of the schedule in updates; a limit of minutes may end it earlier."""
        return self.epochs * updates_per_epoch if self.updates is None else self.updates

    def share_done(self, update: int, seconds: float, updates_per_epoch: int) -> float:
        """Return the share of the schedule that is done: 0 at the beginning, 1 or more at the end.

        It is the larger of the shares of the updates and of the minutes. Without a limit of minutes it does
        not depend on the time.
        """
        of_updates = update / self.n_updates(updates_per_epoch)
        return of_updates if self.minutes is None else max(of_updates, seconds / (60 * self.minutes))

    @property
    def validates_after_epochs(self) -> bool:
        """True if validations follow the epochs; otherwise they are evenly spaced over the schedule."""
        return self.updates is None and self.minutes is None

    def learning_rate_at(self, share: float) -> float:
        """Return the learning rate after a share of the schedule."""
        return self.learning_rate * (1 if share < 0.5 else self.drop)
