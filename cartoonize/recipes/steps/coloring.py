"""Steps that make videos: colorize and compare."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from cartoonize.annotations.annotations import Annotations
from cartoonize.coloring.accepted_files import accepted_files
from cartoonize.coloring.ensemble import Choice, accepted_by, choose_checkpoints, default_refinement
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.coloring.sources import held_out_sources
from cartoonize.errors import UsageError
from cartoonize.filters.predict import PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.methods.registry import find_variant
from cartoonize.recipes.steps.base import Step, content_of, state_of, weights_of
from cartoonize.reporting import Reporter, counted
from cartoonize.tasks.colorize import colorize
from cartoonize.tasks.compare import CompareOptions, compare
from cartoonize.workspace import fingerprint_of


class Colorize(Step):
    """Colours an episode."""

    options = (PredictOptions, RefineOptions, RenderOptions, Annotations)
    own_keys = ("sources", "variants", "ensemble", "refine_order", "reference", "output")
    required = ("output",)
    input_keys = ("sources", "reference", "references", "scribbles")

    def build(self, kind: type, **more: Any) -> Any:
        """Also accept ``reference``, the older key for the picture of a method without a network."""
        if kind is not Annotations or "reference" not in self.table:
            return super().build(kind, **more)
        if not isinstance(self.table["reference"], str):
            raise self._wrong_value("reference", "Use a path.")
        table = {key: value for key, value in self.table.items() if key != "reference"}
        table["references"] = [*self.names("references"), *filter(None, self.names("reference"))]
        return replace(self, table=table).build(kind, **more)

    def check(self) -> None:
        """Also check the names of variants, and which annotations they accept."""
        super().check()
        self._options()
        accepted_by(self._annotations(), [find_variant(name) for name in self.names("variants")])
        if not isinstance(self.table.get("ensemble", False), bool):
            raise UsageError(
                f"stage {self.title!r}: ensemble = {self.table['ensemble']!r}", "Give true or false."
            )

    def _options(self) -> ColorizeOptions:
        order = {"refine_order": self.table["refine_order"]} if "refine_order" in self.table else {}
        return ColorizeOptions(
            predict=self.build(PredictOptions, device=self.device),
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
        return Choice(tuple(self.names("variants")), ensemble=bool(self.table.get("ensemble", False)))

    def _annotations(self) -> Annotations:
        annotations: Annotations = self.build(Annotations)
        found = {key: self.inputs(key) if self.table.get(key) else [] for key in ("reference", "scribbles")}
        return replace(
            annotations,
            references=(*self.inputs("references"), *found["reference"]),
            scribbles=next(iter(found["scribbles"]), None),
        )

    def input_fingerprints(self) -> dict[str, str]:
        """Add the content of sources and annotations, and the hashes of the checkpoints."""
        annotations, workspace = self._annotations(), self.workspace
        contents = {
            **content_of("the sources", self._sources()),
            **content_of("the references and scribbles", annotations.files),
            **content_of("the pins", [self.workspace.pins]),
            **content_of("the corrections", [workspace.tracks, workspace.cuts, workspace.paints]),
        }
        if files := accepted_files(self.workspace):
            contents["the accepted shots"] = fingerprint_of(files)
        learned = [e.sha256 for e in workspace.training_episodes(workspace.load())]
        contents["the training episodes"] = fingerprint_of(learned)
        accepted = accepted_by(annotations, [find_variant(name) for name in self.names("variants")])
        weights = weights_of(choose_checkpoints(self.workspace, self._choice(), accepted))
        if "refine" not in self.table and default_refinement(self._choice(), annotations) == "tracks":
            contents["option refine"] = fingerprint_of("tracks")  # once, it was none by default
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
            annotations=self._annotations(),
            options=self._options(),
            output=self.result("output"),
            reporter=reporter,
        )
        return [asdict(summary) for summary in done]


class Compare(Step):
    """Writes a side-by-side video."""

    options = (CompareOptions,)
    own_keys = ("videos", "output")
    required = ("videos", "output")
    input_keys = ("videos",)

    def work(self) -> str:
        """Return the number of videos."""
        return counted(len(self.inputs("videos")), "video")

    def input_fingerprints(self) -> dict[str, str]:
        """Add the content of the videos."""
        return {**super().input_fingerprints(), **content_of("the videos", self.inputs("videos"))}

    def result_fingerprint(self) -> str:
        """Return the output's size and time."""
        return state_of([self.result("output")])

    def run(self, reporter: Reporter) -> Any:
        """Compare."""
        options, output = self.build(CompareOptions, force=True), self.result("output")
        return asdict(compare(self.inputs("videos"), output, options=options, reporter=reporter))
