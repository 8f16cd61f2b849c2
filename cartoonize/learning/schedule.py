"""Schedule of a training: its length, batch size, learning rate and optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch


@dataclass(frozen=True)
class Schedule:
    """Length, batch size, learning rate and optimizer (defaults: thesis 7.3 and 7.4)."""

    epochs: int = 30
    minutes: float | None = None
    """Budget of training time instead of epochs. Validation does not count."""
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
        """Return a new optimizer for parameters."""
        if self.optimizer == "rmsprop":
            return torch.optim.RMSprop(parameters, lr=self.learning_rate)
        return torch.optim.Adam(parameters, lr=self.learning_rate, betas=(self.momentum, 0.999))

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

    def share_done(self, update: int, seconds: float, updates_per_epoch: int) -> float:
        """Return the share of the schedule that is done: 0 at the beginning, 1 or more at the end."""
        if self.minutes is not None:
            return seconds / (60 * self.minutes)
        return update / (self.epochs * updates_per_epoch)

    def learning_rate_at(self, share: float) -> float:
        """Return the learning rate after a share of the schedule."""
        return self.learning_rate * (1 if share < 0.5 else self.drop)
