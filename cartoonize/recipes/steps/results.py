"""Steps that score the results and show them: evaluate and report."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from cartoonize.coloring.sources import held_out_sources
from cartoonize.recipes.steps.base import Step, content_of, counted, state_of
from cartoonize.reporting import Reporter
from cartoonize.tasks.evaluate import EvaluateOptions, evaluate
from cartoonize.tasks.report import ReportOptions, report
from cartoonize.tasks.report_data import FILES, SCORES, SECONDARY
from cartoonize.workspace import fingerprint


class Evaluate(Step):
    """Scores coloured videos."""

    options = (EvaluateOptions,)
    own_keys = ("colorized", "reference", "output")
    required = ("colorized", "output")

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
            **content_of([*self.inputs("colorized"), self._reference()]),
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

        Coloured films count by their scores, which change with the films.
        """
        reports = self.workspace.reports
        shown = [reports / name for name in FILES] + [self.workspace.manifest_path]
        shown += sorted((reports / SCORES).with_suffix("").rglob("*.jsonl"))
        shown += sorted(reports.glob("trials/*.png")) + sorted(self.workspace.runs.glob("*/curves.json"))
        shown += sorted((self.workspace.out / SECONDARY).glob("*.mkv"))  # these have no scores
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
