"""Steps that make videos: colorize and compare."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from cartoonize.annotations.guidance import Guidance
from cartoonize.coloring.colorize import colorize, held_out_sources
from cartoonize.coloring.ensemble import Choice, choose_checkpoints
from cartoonize.coloring.pipeline import ColorizeOptions
from cartoonize.errors import UsageError
from cartoonize.filters.predict import PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.methods.registry import find_variant
from cartoonize.recipes.steps.base import Notify, Progress, Step, state_of, weights_of
from cartoonize.tasks.compare import CompareOptions, compare
from cartoonize.workspace import fingerprint, fingerprint_of


class Colorize(Step):
    """Colours an episode."""

    options = (PredictOptions, RefineOptions, RenderOptions, Guidance)
    own_keys = ("sources", "variants", "ensemble", "refine_order", "references", "output")
    required = ("output",)

    def check(self) -> None:
        """Check the variants' names, too."""
        super().check()
        self._options()
        variants = [find_variant(name) for name in self.names("variants")]
        self.chosen(Guidance).check(variants)
        if not isinstance(self.table.get("ensemble", False), bool):
            raise UsageError(
                f"stage {self.title!r}: ensemble = {self.table['ensemble']!r}", "Give true or false."
            )

    def _options(self) -> ColorizeOptions:
        order = {"refine_order": self.table["refine_order"]} if "refine_order" in self.table else {}
        return ColorizeOptions(
            colorize=self.chosen(PredictOptions, device=self.device),
            refine=self.chosen(RefineOptions),
            render=self.chosen(RenderOptions, force=True),
            **order,
        )

    @property
    def title(self) -> str:
        """Name the output too: a recipe colours more than once."""
        return f"colorize {self.table.get('output', '')}".strip()

    def _sources(self) -> list[Path]:
        return self.inputs("sources") or held_out_sources(self.workspace)

    def _choice(self) -> Choice:
        guidance: Guidance = self.chosen(Guidance)
        found: dict[str, Any] = {key: self.inputs(key)[0] for key in guidance.paths}
        return Choice(
            tuple(self.names("variants")),
            ensemble=bool(self.table.get("ensemble", False)),
            guidance=replace(guidance, **found),
        )

    def seen(self) -> dict[str, str]:
        """Return the content of the source and of what is lent, and the checkpoints' hashes."""
        choice = self._choice()
        looked_at = [*self._sources(), *choice.guidance.files, *self.inputs("references")]
        looked_at.append(self.workspace.pins)
        contents = {str(path): fingerprint(path) for path in looked_at if path.exists()}
        learned = [e.sha256 for e in self.workspace.set_of(self.workspace.load(), "train")]
        contents["the training episodes"] = fingerprint_of(learned)
        weights = weights_of(choose_checkpoints(self.workspace, choice))
        return {**super().seen(), **contents, "the checkpoints": fingerprint_of(weights)}

    def left_behind(self) -> str:
        """Return the output's size and time."""
        return state_of([self.result("output")])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Colour; what an earlier run of the recipe wrote is replaced."""
        done = colorize(
            self.workspace,
            self._sources(),
            choice=self._choice(),
            options=self._options(),
            references=self.inputs("references"),
            output=self.result("output"),
            progress=report,
            announce=notify,
            notify=notify,
        )
        return [asdict(summary) for summary in done]


class Compare(Step):
    """Writes a side-by-side video."""

    options = (CompareOptions,)
    own_keys = ("videos", "output")
    required = ("videos", "output")

    def seen(self) -> dict[str, str]:
        """Return the videos' content."""
        return {**super().seen(), **{str(p): fingerprint(p) for p in self.inputs("videos") if p.exists()}}

    def left_behind(self) -> str:
        """Return the output's size and time."""
        return state_of([self.result("output")])

    def run(self, report: Progress, notify: Notify) -> Any:
        """Compare."""
        options, output = self.chosen(CompareOptions, force=True), self.result("output")
        done = compare(
            self.inputs("videos"),
            output,
            options=options,
            progress=lambda n, total: report("compare", n, total),
        )
        return asdict(done)
