"""Steps that judge the results and show them: doubtful, evaluate and report."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cartoonize.coloring.sources import held_out_sources
from cartoonize.errors import UsageError
from cartoonize.recipes.steps.base import Step, content_of, state_of
from cartoonize.reporting import Reporter, counted
from cartoonize.tasks.colored_films import colored_films, confidence_files
from cartoonize.tasks.doubtful import describe_all, describe_shot, doubtful_shots, draw_doubtful
from cartoonize.tasks.evaluate import EvaluateOptions, evaluate
from cartoonize.tasks.report import ReportOptions, report
from cartoonize.tasks.report_data import FILES, SCORES, SECONDARY
from cartoonize.workspace import fingerprint


@dataclass(frozen=True)
class DoubtfulOptions:
    """Options of the step ``doubtful``."""

    n: int = 10
    """Largest number of shots."""

    def __post_init__(self) -> None:
        if self.n < 1:
            raise UsageError(f"n must be at least 1, got {self.n}", "The default is 10.")


class Doubtful(Step):
    """Lists the shots that most likely have wrong colours, and draws them."""

    options = (DoubtfulOptions,)
    always_runs = True

    def work(self) -> str:
        """Return the number of coloured films."""
        return counted(len(colored_films(self.workspace)), "film")

    def _picture(self) -> Path:
        return self.workspace.reports / "doubtful.png"

    def result_fingerprint(self) -> str:
        """Return the state of the picture."""
        return state_of([self._picture()])

    def run(self, reporter: Reporter) -> Any:
        """Write the picture."""
        found = doubtful_shots(colored_films(self.workspace))
        shots = found.shots[: self.build(DoubtfulOptions).n]
        heading = f"{describe_all(found)} The shots with most of it, worst first:"
        picture = draw_doubtful(shots, self._picture(), heading=heading, reporter=reporter) if shots else None
        listed = [
            {
                "video": str(shot.film.video),
                "seconds": shot.seconds,
                "expected_wrong": shot.expected_wrong,
                "text": describe_shot(shot),
            }
            for shot in shots
        ]
        return {
            "expected_wrong": found.expected_wrong,
            "shots": listed,
            **({"output": str(picture)} if picture else {}),
        }


class Evaluate(Step):
    """Scores coloured videos."""

    options = (EvaluateOptions,)
    own_keys = ("colorized", "reference", "output")
    required = ("colorized", "output")
    input_keys = ("colorized", "reference")

    def work(self) -> str:
        """Return the number of videos."""
        return counted(len(self.inputs("colorized")), "video")

    def _reference(self) -> Path:
        found = self.inputs("reference") or held_out_sources(self.workspace)
        return found[0]

    def input_fingerprints(self) -> dict[str, str]:
        """Add the content of the videos."""
        return {
            **super().input_fingerprints(),
            **content_of("the videos", [*self.inputs("colorized"), self._reference()]),
        }

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the score files' sizes and times of change."""
        output = self.result("output")
        return state_of([output, output.with_suffix("")])

    def run(self, reporter: Reporter) -> Any:
        """Score the videos and write the scores as JSON."""
        results = evaluate(
            self.inputs("colorized"),
            self._reference(),
            options=self.build(EvaluateOptions),
            output=self.result("output"),
            reporter=reporter,
        )
        # JSON has no NaN, which stands for an undefined score.
        return [
            {"colorized": r.name, **{k: None if math.isnan(v) else v for k, v in r.scores.items()}}
            for r in results
        ]


class Report(Step):
    """Writes the HTML page."""

    options = (ReportOptions,)

    def work(self) -> str:
        """Return the path of the page."""
        return str(self._page().relative_to(self.workspace.root))

    def _page(self) -> Path:
        return self.workspace.reports / "report.html"

    def input_fingerprints(self) -> dict[str, str]:
        """Add the content of all files that the page shows.

        Coloured films count by their scores and confidence, which change with the films.
        """
        reports = self.workspace.reports
        shown = [reports / name for name in FILES] + [self.workspace.manifest_path]
        shown += sorted((reports / SCORES).with_suffix("").rglob("*.jsonl"))
        shown += sorted(reports.glob("trials/*.png")) + sorted(self.workspace.runs.glob("*/curves.json"))
        shown += sorted((self.workspace.out / SECONDARY).glob("*.mkv"))  # these have no scores
        shown += confidence_files(self.workspace)
        root = self.workspace.root
        content = {str(path.relative_to(root)): fingerprint(path) for path in shown if path.is_file()}
        return {**super().input_fingerprints(), **content}

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the page's size and time of change."""
        return state_of([self._page()])

    def run(self, reporter: Reporter) -> Any:
        """Write the page."""
        done = report(self.workspace, options=self.build(ReportOptions), reporter=reporter)
        return {"output": done.page}
