"""Step that writes a black-and-white print of a coloured episode."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_type_hints

from cartoonize.coloring.sources import held_out_sources
from cartoonize.prints.presets import Print as PrintKind
from cartoonize.prints.presets import find_print
from cartoonize.recipes.option_types import as_tuples
from cartoonize.recipes.steps.base import Step, content_of, state_of
from cartoonize.reporting import Reporter
from cartoonize.tasks.prints import PrintOptions, print_film
from cartoonize.workspace import fingerprint_of

_PRESET = "worn"


class Print(Step):
    """Writes a black-and-white print of a coloured episode."""

    options = (PrintKind, PrintOptions)
    own_keys = ("source", "preset", "output")
    required = ("output",)
    input_keys = ("source",)

    @property
    def title(self) -> str:
        """Name with the output, since a recipe may write several prints."""
        return f"print {self.table.get('output', '')}".strip()

    def work(self) -> str:
        """Return the source and the preset."""
        return f"{self._source().name}, preset {self.table.get('preset', _PRESET)}"

    def check(self) -> None:
        """Check the preset with its changes, too."""
        super().check()
        self._print()

    def _print(self) -> PrintKind:
        known = get_type_hints(PrintKind)
        changes = {key: as_tuples(value) for key, value in self.table.items() if key in known}
        return replace(find_print(str(self.table.get("preset", _PRESET))), **changes)

    def _source(self) -> Path:
        found = self.inputs("source") or held_out_sources(self.workspace)
        return found[0]

    def input_fingerprints(self) -> dict[str, str]:
        """Add the content of the source, and all properties of the print."""
        content = content_of("the source", [self._source()])
        print_ = fingerprint_of(asdict(self._print()))
        return {**super().input_fingerprints(), **content, "the print": print_}

    def result_fingerprint(self) -> str:
        """Return a fingerprint of the output's size and time of change."""
        return state_of([self.result("output")])

    def run(self, reporter: Reporter) -> Any:
        """Write the print; replace one that an earlier run of the recipe wrote."""
        done = print_film(
            self._source(),
            self.result("output"),
            print_=self._print(),
            options=self.build(PrintOptions, force=True),
            reporter=reporter,
        )
        return asdict(done)
