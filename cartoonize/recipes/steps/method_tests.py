"""Steps that test methods one by one: times, robustness and trials."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.coloring.sources import held_out_sources
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.prints.presets import find_print
from cartoonize.recipes.steps.base import state_of
from cartoonize.recipes.steps.each_method import EachMethod
from cartoonize.reporting import Reporter
from cartoonize.tasks import robustness, trials
from cartoonize.tasks.colorer import Colorer
from cartoonize.tasks.robustness import RobustnessOptions, try_prints
from cartoonize.tasks.times import TimesOptions, time_members
from cartoonize.tasks.trials import TrialsOptions, try_changes
from cartoonize.workspace import fingerprint_of


class Times(EachMethod):
    """Measures the seconds for one image."""

    options = (TimesOptions,)
    required = ("variants",)

    def _file(self) -> Path:
        return self.workspace.reports / "times.json"

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the file's size and time of change."""
        return state_of([self._file()])

    def run(self, reporter: Reporter) -> Any:
        """Measure the times and write them as JSON."""
        members = [replace(member, name=name) for name, (member,) in self.members(reporter)]
        source = held_out_sources(self.workspace)[0]
        options = self.build(TimesOptions, device=self.device)
        times = time_members(members, source, options=options, reporter=reporter)
        write_text(self._file(), json.dumps(times, indent=1) + "\n")
        return times


class _ColorerStep(EachMethod):
    """Base of steps that call methods as the colorize stage does, each on its own."""

    file: str
    """Name of the result in the workspace's reports."""

    def _methods(self, reporter: Reporter) -> dict[str, Colorer]:
        options = PredictOptions(device=self.device)
        return {
            name: partial(predict_frames, members=members, options=options)
            for name, members in self.members(reporter)
        }

    def _file(self) -> Path:
        return self.workspace.reports / self.file


class Robustness(_ColorerStep):
    """Scores methods on prints of the test episode."""

    options = (RobustnessOptions,)
    file = robustness.FILE

    def input_fingerprints(self) -> dict[str, str]:
        """Add the test episode and the prints."""
        manifest = self.workspace.load()
        episodes = self.workspace.set_of(manifest, "test")[:1]
        names = self.build(RobustnessOptions).prints
        return {
            **super().input_fingerprints(),
            "the test episode": fingerprint_of([[e.sha256, e.pictures] for e in episodes]),
            "the prints": fingerprint_of([asdict(find_print(name)) for name in names]),
        }

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the file's size and time of change."""
        return state_of([self._file()])

    def run(self, reporter: Reporter) -> Any:
        """Score the methods."""
        options = self.build(RobustnessOptions)
        return try_prints(self.workspace, self._methods(reporter), options=options, reporter=reporter)


class Trials(_ColorerStep):
    """Tests how stable colours are in drawn clips of objects that grow, turn, are occluded, and so on."""

    options = (TrialsOptions,)
    file = trials.FILE

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the sizes and times of change of the file and the pictures."""
        return state_of([self._file(), self.workspace.reports / trials.FOLDER])

    def run(self, reporter: Reporter) -> Any:
        """Colour the clips and score the changes of colour."""
        options = self.build(TrialsOptions)
        return try_changes(self.workspace, self._methods(reporter), options=options, reporter=reporter)
