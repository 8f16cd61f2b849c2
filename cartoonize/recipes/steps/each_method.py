"""Base of steps that load methods one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cartoonize.annotations.annotations import Annotations
from cartoonize.coloring.ensemble import Choice, choose_checkpoints, choose_members
from cartoonize.methods.member import Member
from cartoonize.methods.registry import find_variant, is_variant
from cartoonize.recipes.steps.base import Step, weights_of
from cartoonize.reporting import Reporter, counted
from cartoonize.workspace import fingerprint_of


class EachMethod(Step):
    """Loads every method on its own. Methods that need hints take them from the network ``hints_from``."""

    own_keys = ("variants", "hints_from")

    def work(self) -> str:
        """Return the number of methods."""
        return counted(len(self._choices()), "method")

    def check(self) -> None:
        """Check the variants, too."""
        super().check()
        for name in (*self.names("variants"), *self.names("hints_from")):
            find_variant(name)

    def members(self, reporter: Reporter) -> Iterator[tuple[str, Sequence[Member]]]:
        """Load the methods one after the other; yield name and members."""
        for name, (choice, hints) in self._choices().items():
            found = choose_members(self.workspace, choice, hints, device=self.device, reporter=reporter)
            yield name, found

    def input_fingerprints(self) -> dict[str, str]:
        """Add the names of the methods and the hashes of the checkpoints."""
        choices = self._choices()
        paths = [path for chosen in choices.values() for path in choose_checkpoints(self.workspace, *chosen)]
        return {
            **super().input_fingerprints(),
            "the list of methods": fingerprint_of(list(choices)),
            "the checkpoints": fingerprint_of(weights_of(paths)),
        }

    def _choices(self) -> dict[str, tuple[Choice, Annotations]]:
        """Return the named variants; by default all trained ones, networks first, and grey."""
        trained = [path.parent.name for path in self.workspace.trained() if is_variant(path.parent.name)]
        networks_first = sorted(trained, key=lambda name: find_variant(name).kind != "network")
        names = self.names("variants") or [*networks_first, "grey"]
        return {name: self._choice(name) for name in names}

    def _choice(self, name: str) -> tuple[Choice, Annotations]:
        hints = self.names("hints_from") if find_variant(name).needs_hints else []
        return Choice((name,)), Annotations(hints_from=hints[0] if hints else None)
