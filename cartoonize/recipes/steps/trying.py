"""Steps that try methods on what they did not learn: other prints, and drawings of what is known to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints

from cartoonize.coloring.colorize import held_out_sources
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.frames import Frame
from cartoonize.prints.presets import Print as PrintKind
from cartoonize.prints.presets import find_print
from cartoonize.recipes.option_types import frozen
from cartoonize.recipes.steps.alone import Alone
from cartoonize.recipes.steps.base import Notify, Progress, Step, state_of
from cartoonize.tasks import robustness, trials
from cartoonize.tasks.prints import PrintOptions, print_film
from cartoonize.tasks.robustness import RobustnessOptions, try_prints
from cartoonize.tasks.trials import TrialsOptions, try_changes
from cartoonize.workspace import fingerprint, fingerprint_of

Colorer = Callable[[Iterable[Frame]], Iterator[Frame]]


class Print(Step):
    """Writes a black-and-white print of a coloured episode."""

    options = (PrintKind, PrintOptions)
    own_keys = ("source", "preset", "output")
    required = ("output",)

    @property
    def title(self) -> str:
        """Name the output too: a recipe makes more than one."""
        return f"print {self.table.get('output', '')}".strip()

    def check(self) -> None:
        """Check the preset with its changes, too."""
        super().check()
        self._print()

    def _print(self) -> PrintKind:
        known = get_type_hints(PrintKind)
        changes = {key: frozen(value) for key, value in self.table.items() if key in known}
        return replace(find_print(str(self.table.get("preset", "worn"))), **changes)

    def _source(self) -> Path:
        found = self.inputs("source") or held_out_sources(self.workspace)
        return found[0]

    def seen(self) -> dict[str, str]:
        """Return the source's content and the whole print, so that a changed preset is seen."""
        path = self._source()
        content = {str(path): fingerprint(path)} if path.exists() else {}
        return {**super().seen(), **content, "the print": fingerprint_of(asdict(self._print()))}

    def left_behind(self) -> str:
        """Return the output's size and time."""
        return state_of([self.result("output")])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Print; what an earlier run of the recipe wrote is replaced."""
        done = print_film(
            self._source(),
            self.result("output"),
            print_=self._print(),
            options=self.chosen(PrintOptions, force=True),
            progress=lambda n, total: report("print", n, total),
        )
        for line in done.warnings:
            notify(line)
        return asdict(done)


class _Trying(Alone):
    """What the two steps below share: what the colorize stage does with each method alone."""

    file: str

    def _methods(self, notify: Notify) -> dict[str, Colorer]:
        options = PredictOptions(device=self.device)
        return {
            name: partial(predict_frames, members=members, options=options)
            for name, members in self.loaded(notify)
        }

    def _file(self) -> Path:
        return self.workspace.reports / self.file


class Robustness(_Trying):
    """Scores methods on prints of the test episode."""

    options = (RobustnessOptions,)
    file = robustness.FILE

    def seen(self) -> dict[str, str]:
        """Return the test episode and the prints, too."""
        manifest = self.workspace.load()
        episodes = self.workspace.set_of(manifest, "test")[:1]
        names = self.chosen(RobustnessOptions).prints
        return {
            **super().seen(),
            "the test episode": fingerprint_of([[e.sha256, e.pictures] for e in episodes]),
            "the prints": fingerprint_of([asdict(find_print(name)) for name in names]),
        }

    def left_behind(self) -> str:
        """Return the file's size and time."""
        return state_of([self._file()])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Try."""
        options = self.chosen(RobustnessOptions)
        return try_prints(self.workspace, self._methods(notify), options=options, progress=report)


class Trials(_Trying):
    """Lets methods colour drawn objects that grow, turn, are occluded, ..."""

    options = (TrialsOptions,)
    file = trials.FILE

    def left_behind(self) -> str:
        """Return the file's and the pictures' sizes and times."""
        return state_of([self._file(), self.workspace.reports / trials.FOLDER])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Try."""
        options = self.chosen(TrialsOptions)
        return try_changes(self.workspace, self._methods(notify), options=options, progress=report)
