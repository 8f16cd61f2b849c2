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
from cartoonize.recipes.steps.base import Step, content_of, counted, state_of, weights_of
from cartoonize.reporting import Reporter
from cartoonize.tasks.compare import CompareOptions, compare
from cartoonize.workspace import fingerprint_of


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
        self.build(Guidance).check(variants)
        if not isinstance(self.table.get("ensemble", False), bool):
            raise UsageError(
                f"stage {self.title!r}: ensemble = {self.table['ensemble']!r}", "Give true or false."
            )

    def _options(self) -> ColorizeOptions:
        order = {"refine_order": self.table["refine_order"]} if "refine_order" in self.table else {}
        return ColorizeOptions(
            colorize=self.build(PredictOptions, device=self.device),
            refine=self.build(RefineOptions),
            render=self.build(RenderOptions, force=True),
            **order,
        )

    @property
    def title(self) -> str:
        """Name the output too: a recipe colours more than once."""
        return f"colorize {self.table.get('output', '')}".strip()

    def work(self) -> str:
        """Return the number of films."""
        return counted(len(self._sources()), "film")

    def _sources(self) -> list[Path]:
        return self.inputs("sources") or held_out_sources(self.workspace)

    def _choice(self) -> Choice:
        guidance: Guidance = self.build(Guidance)
        found: dict[str, Any] = {key: self.inputs(key)[0] for key in guidance.paths}
        return Choice(
            tuple(self.names("variants")),
            ensemble=bool(self.table.get("ensemble", False)),
            guidance=replace(guidance, **found),
        )

    def input_fingerprints(self) -> dict[str, str]:
        """Return the content of the source and of what is lent, and the checkpoints' hashes."""
        choice = self._choice()
        looked_at = [*self._sources(), *choice.guidance.files, *self.inputs("references")]
        looked_at.append(self.workspace.pins)
        contents = content_of(looked_at)
        learned = [e.sha256 for e in self.workspace.set_of(self.workspace.load(), "train")]
        contents["the training episodes"] = fingerprint_of(learned)
        weights = weights_of(choose_checkpoints(self.workspace, choice))
        return {**super().input_fingerprints(), **contents, "the checkpoints": fingerprint_of(weights)}

    def result_fingerprint(self) -> str:
        """Return the output's size and time."""
        return state_of([self.result("output")])

    def run(self, reporter: Reporter) -> Any:
        """Colour; what an earlier run of the recipe wrote is replaced."""
        done = colorize(
            self.workspace,
            self._sources(),
            choice=self._choice(),
            options=self._options(),
            references=self.inputs("references"),
            output=self.result("output"),
            progress=reporter.progress,
            announce=reporter.info,
            notify=reporter.warning,
        )
        return [asdict(summary) for summary in done]


class Compare(Step):
    """Writes a side-by-side video."""

    options = (CompareOptions,)
    own_keys = ("videos", "output")
    required = ("videos", "output")

    def work(self) -> str:
        """Return the number of videos."""
        return counted(len(self.inputs("videos")), "video")

    def input_fingerprints(self) -> dict[str, str]:
        """Add the content of the videos."""
        return {**super().input_fingerprints(), **content_of(self.inputs("videos"))}

    def result_fingerprint(self) -> str:
        """Return the output's size and time."""
        return state_of([self.result("output")])

    def run(self, reporter: Reporter) -> Any:
        """Compare."""
        options, output = self.build(CompareOptions, force=True), self.result("output")
        return asdict(compare(self.inputs("videos"), output, options=options, reporter=reporter))
