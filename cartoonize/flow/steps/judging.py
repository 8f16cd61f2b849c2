"""Steps that judge: scores and the page that shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.flow.color import held_out_sources
from cartoonize.flow.steps.base import Notify, Progress, Step, state_of
from cartoonize.stages.evaluate import evaluate
from cartoonize.stages.report import SCORES, ReportOptions
from cartoonize.stages.report import report as write_report
from cartoonize.workspace import fingerprint


class Evaluate(Step):
    """Scores coloured videos."""

    own_keys = ("colorized", "reference", "output")
    required = ("colorized", "output")

    def _reference(self) -> Path:
        found = self.inputs("reference") or held_out_sources(self.workspace)
        return found[0]

    def seen(self) -> dict[str, str]:
        """Return the videos' content."""
        paths = [*self.inputs("colorized"), self._reference()]
        return {**super().seen(), **{str(path): fingerprint(path) for path in paths if path.exists()}}

    def left_behind(self) -> str:
        """Return the score file's size and time."""
        return state_of([self.result("output")])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Score, and write the scores as JSON."""
        results = evaluate(
            self.inputs("colorized"),
            self._reference(),
            progress=lambda n, total: report("evaluate", n, total),
        )
        # A score without meaning for a film is no number, which JSON does not know.
        scores = [
            {"colorized": Path(r.colorized).name, **{k: v if v == v else None for k, v in r.scores.items()}}
            for r in results
        ]
        write_text(self.result("output"), json.dumps(scores, indent=1) + "\n")
        return scores


class Report(Step):
    """Writes the HTML page."""

    options = (ReportOptions,)

    def _page(self) -> Path:
        return self.workspace.reports / "report.html"

    def seen(self) -> dict[str, str]:
        """Return the scores, which change with the results, the curves and the manifest."""
        shown = [self.workspace.reports / SCORES, *sorted(self.workspace.runs.glob("*/curves.json"))]
        shown.append(self.workspace.manifest_path)
        return {**super().seen(), **{path.parent.name: fingerprint(path) for path in shown if path.is_file()}}

    def left_behind(self) -> str:
        """Return the page's size and time."""
        return state_of([self._page()])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Write the page."""
        return {"output": write_report(self.workspace, options=self.chosen(ReportOptions)).page}
