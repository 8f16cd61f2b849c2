"""Steps that judge: scores and the page that shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cartoonize.coloring.colorize import held_out_sources
from cartoonize.recipes.steps.base import Notify, Progress, Step, state_of
from cartoonize.tasks.evaluate import EvaluateOptions, evaluate
from cartoonize.tasks.report import FILES, SCORES, SECONDARY, ReportOptions
from cartoonize.tasks.report import report as write_report
from cartoonize.workspace import fingerprint


class Evaluate(Step):
    """Scores coloured videos."""

    options = (EvaluateOptions,)
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
        """Return size and time of the score file and of those by frame and shot."""
        output = self.result("output")
        return state_of([output, output.with_suffix("")])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Score, and write the scores as JSON."""
        results = evaluate(
            self.inputs("colorized"),
            self._reference(),
            options=self.chosen(EvaluateOptions),
            output=self.result("output"),
            progress=lambda n, total: report("evaluate", n, total),
            notify=notify,
        )
        # A score without meaning for a film is no number, which JSON does not know.
        return [
            {"colorized": r.name, **{k: v if v == v else None for k, v in r.scores.items()}} for r in results
        ]


class Report(Step):
    """Writes the HTML page."""

    options = (ReportOptions,)

    def _page(self) -> Path:
        return self.workspace.reports / "report.html"

    def seen(self) -> dict[str, str]:
        """Return all that the page is made of; films count by their scores, which change with them."""
        reports = self.workspace.reports
        shown = [reports / name for name in FILES] + [self.workspace.manifest_path]
        shown += sorted((reports / SCORES).with_suffix("").rglob("*.jsonl"))
        shown += sorted(reports.glob("trials/*.png")) + sorted(self.workspace.runs.glob("*/curves.json"))
        shown += sorted((self.workspace.out / SECONDARY).glob("*.mkv"))  # which have no scores
        root = self.workspace.root
        content = {str(path.relative_to(root)): fingerprint(path) for path in shown if path.is_file()}
        return {**super().seen(), **content}

    def left_behind(self) -> str:
        """Return the page's size and time."""
        return state_of([self._page()])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Write the page."""
        done = write_report(self.workspace, options=self.chosen(ReportOptions), progress=report)
        return {"output": done.page}
