"""What steps have in common that look at methods one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cartoonize.annotations.guidance import Guidance
from cartoonize.coloring.ensemble import Choice, choose_checkpoints, choose_members
from cartoonize.methods.member import Member
from cartoonize.methods.registry import find_variant, is_variant
from cartoonize.recipes.steps.base import Notify, Step, weights_of
from cartoonize.workspace import fingerprint_of


class Alone(Step):
    """Loads every method on its own; those that need hints have them from ``hints_from``."""

    own_keys = ("variants", "hints_from")

    def check(self) -> None:
        """Check the variants' names, too."""
        super().check()
        for name in (*self.names("variants"), *self.names("hints_from")):
            find_variant(name)

    def choices(self) -> dict[str, Choice]:
        """Return the named variants, each alone; else all that are trained, networks first, and grey."""
        trained = [path.parent.name for path in self.workspace.trained() if is_variant(path.parent.name)]
        by_kind = sorted(trained, key=lambda name: find_variant(name).kind != "network")
        names = self.names("variants") or [*by_kind, "grey"]
        return {name: self._choice(name) for name in names}

    def _choice(self, name: str) -> Choice:
        hints = self.names("hints_from") if find_variant(name).needs_hints else []
        return Choice((name,), guidance=Guidance(hints_from=hints[0] if hints else None))

    def loaded(self, notify: Notify) -> Iterator[tuple[str, Sequence[Member]]]:
        """Load one after the other: name and members."""
        for name, choice in self.choices().items():
            yield name, choose_members(self.workspace, choice, device=self.device, notify=notify)

    def seen(self) -> dict[str, str]:
        """Return which methods there are, and the checkpoints' hashes."""
        choices = self.choices()
        paths = [path for choice in choices.values() for path in choose_checkpoints(self.workspace, choice)]
        return {
            **super().seen(),
            "the list of methods": fingerprint_of(list(choices)),
            "the checkpoints": fingerprint_of(weights_of(paths)),
        }
