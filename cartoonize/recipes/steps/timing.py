"""The step that measures how long every method takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.coloring.colorize import held_out_sources
from cartoonize.recipes.steps.alone import Alone
from cartoonize.recipes.steps.base import Notify, Progress, state_of
from cartoonize.tasks.times import TimesOptions, time_members

TIMES = "times.json"


class Times(Alone):
    """Measures seconds an image."""

    options = (TimesOptions,)
    required = ("variants",)

    def _file(self) -> Path:
        return self.workspace.reports / TIMES

    def left_behind(self) -> str:
        """Return the file's size and time."""
        return state_of([self._file()])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Measure, and write the times as JSON."""
        members = [replace(member, name=name) for name, (member,) in self.loaded(notify)]
        source = held_out_sources(self.workspace)[0]
        options = self.chosen(TimesOptions, device=self.device)
        times = time_members(members, source, options=options, progress=report)
        write_text(self._file(), json.dumps(times, indent=1) + "\n")
        return times
