"""Steps on references: suggest frames to paint, and paint them from a coloured original."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cartoonize.coloring.sources import held_out_sources
from cartoonize.errors import UsageError
from cartoonize.recipes.steps.base import Step, content_of, state_of
from cartoonize.reporting import Reporter, counted
from cartoonize.tasks.paint import paint_suggestions
from cartoonize.tasks.suggest import suggest_references, suggestions_folder


@dataclass(frozen=True)
class SuggestOptions:
    """Options of the step ``suggest``."""

    n: int = 8
    """Largest number of frames of each film."""

    def __post_init__(self) -> None:
        if self.n < 1:
            raise UsageError(f"n must be at least 1, got {self.n}", "The default is 8.")


class Suggest(Step):
    """Writes the frames whose colouring would help most, as grey pictures to paint on."""

    options = (SuggestOptions,)
    own_keys = ("sources",)
    input_keys = ("sources",)
    always_runs = True

    def work(self) -> str:
        """Return the number of films."""
        return counted(len(self._sources()), "film")

    def _sources(self) -> list[Path]:
        return self.inputs("sources") or held_out_sources(self.workspace)

    def result_fingerprint(self) -> str:
        """Return the state of the folder of pictures."""
        return state_of([self.workspace.root / "references"])

    def run(self, reporter: Reporter) -> Any:
        """Write the pictures that do not exist yet."""
        n = self.build(SuggestOptions).n
        return [
            {"source": str(source), **asdict(reference)}
            for source in self._sources()
            for reference in suggest_references(self.workspace, source, n, reporter=reporter)
        ]


class Paint(Step):
    """Paints the suggested frames of a film as in its coloured original. It stands in for a person."""

    own_keys = ("source", "original", "output")
    required = ("output",)
    input_keys = ("source", "original")

    def work(self) -> str:
        """Return the name of the original."""
        return f"as in {self._original().name}, in place of a person"

    def _source(self) -> Path:
        return (self.inputs("source") or held_out_sources(self.workspace))[0]

    def _original(self) -> Path:
        return (self.inputs("original") or [self._source()])[0]

    def _suggestions(self) -> Path:
        return suggestions_folder(self.workspace, self._source())

    def input_fingerprints(self) -> dict[str, str]:
        """Add the content of the original and of the suggested pictures."""
        paths = [self._original(), self._suggestions()]
        return {**super().input_fingerprints(), **content_of("the suggested frames", paths)}

    def result_fingerprint(self) -> str:
        """Return the state of the painted pictures."""
        return state_of([self.result("output")])

    def run(self, reporter: Reporter) -> Any:
        """Write the painted pictures."""
        painted = paint_suggestions(
            self._suggestions(), self._original(), self.result("output"), reporter=reporter
        )
        return {"painted": [str(path) for path in painted]}
