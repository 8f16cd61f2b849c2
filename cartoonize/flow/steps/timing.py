"""The step that measures how long every method takes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.flow.color import held_out_sources
from cartoonize.flow.members import Choice, choose_checkpoints, choose_members
from cartoonize.flow.steps.base import Notify, Progress, Step, state_of, weights_of
from cartoonize.flow.times import TimesOptions, time_members
from cartoonize.variants import find_variant
from cartoonize.workspace import fingerprint_of

TIMES = "times.json"


class Times(Step):
    """Measures seconds an image."""

    options = (TimesOptions,)
    own_keys = ("variants",)
    required = ("variants",)

    def check(self) -> None:
        """Check the variants' names, too."""
        super().check()
        for name in self.names("variants"):
            find_variant(name)

    def _choice(self) -> Choice:
        return Choice(tuple(self.names("variants")))

    def _file(self) -> Path:
        return self.workspace.reports / TIMES

    def seen(self) -> dict[str, str]:
        """Return the checkpoints' hashes."""
        weights = weights_of(choose_checkpoints(self.workspace, self._choice()))
        return {**super().seen(), "the checkpoints": fingerprint_of(weights)}

    def left_behind(self) -> str:
        """Return the file's size and time."""
        return state_of([self._file()])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Measure, and write the times as JSON."""
        chosen = partial(choose_members, self.workspace, device=self.device, notify=notify)
        members = [replace(chosen(Choice((name,)))[0], name=name) for name in self._choice().variants]
        source = held_out_sources(self.workspace)[0]
        options = self.chosen(TimesOptions, device=self.device)
        times = time_members(members, source, options=options, progress=report)
        write_text(self._file(), json.dumps(times, indent=1) + "\n")
        return times
