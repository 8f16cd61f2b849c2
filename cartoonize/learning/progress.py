"""Progress of a training: counts and curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

#: Name of the discriminator's curve in state files and ``curves.json``.
DISCRIMINATOR_KEY = "opponent"


@dataclass
class TrainingProgress:
    """Counts and curves of a training. With its tensors, they are all that a resumed training needs."""

    update: int = 0
    """Number of updates done."""
    seconds: float = 0.0
    """Time of training, without validation."""
    losses: list[float] = field(default_factory=list)
    """Loss of every update."""
    discriminator_losses: list[float] = field(default_factory=list)
    """Loss of the discriminator at every update; empty without a discriminator."""
    validations: list[dict[str, float]] = field(default_factory=list)
    """``update``, ``seconds``, ``share``, ``loss`` and ``ab_error`` of every validation."""
    best: int | None = None
    """Number of the validation with the lowest error, if its weights are kept; None for the last weights."""
    done: bool = False
    """True if the training has ended."""
    ended_by: Literal["", "length", "minutes", "patience"] = ""
    """Why the training has ended: it has its length, the limit of minutes, or the error did not improve."""

    @property
    def kept_validation(self) -> dict[str, float]:
        """The validation of the weights that are kept: the best one or the last one."""
        return self.validations[-1 if self.best is None else self.best]

    @property
    def n_without_gain(self) -> int:
        """Number of validations since the best one; 0 if the last weights are kept."""
        return 0 if self.best is None else len(self.validations) - 1 - self.best

    def keep_last_if_best(self) -> bool:
        """Keep the weights of the last validation if its error is the lowest; return whether it is."""
        if self.best is None or self.validations[-1]["ab_error"] < self.kept_validation["ab_error"]:
            self.best = len(self.validations) - 1
            return True
        return False

    def as_dict(self) -> dict[str, Any]:
        """Return the progress as JSON-ready data."""
        values = asdict(self)
        return {DISCRIMINATOR_KEY if k == "discriminator_losses" else k: v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the progress that `as_dict` returned as data."""
        own = dict(values)
        return cls(discriminator_losses=own.pop(DISCRIMINATOR_KEY, []), **own)

    @property
    def note(self) -> str:
        """Loss and last validation error in words, for a progress bar."""
        words = [f"loss {self.losses[-1]:.4f}"] if self.losses else []
        if self.validations:
            words.append(f"validation ab error {self.validations[-1]['ab_error']:.2f}")
        return ", ".join(words)
