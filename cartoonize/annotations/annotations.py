"""Annotations: everything that a user says about the colours of a film, as files and options."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cartoonize.annotations.scribbles import hard_beside
from cartoonize.annotations.swatches import Swatch, check_rectangle
from cartoonize.errors import UsageError


@dataclass(frozen=True)
class Annotations:
    """Colours that a user gives. `VARIANTS` says which methods accept which of them."""

    references: tuple[Path, ...] = ()
    """Coloured pictures, or folders of them. Methods that accept references take colours from whole
    pictures. For all others they are coloured frames of the film, whole or painted in part, and their
    colours follow the tracks."""
    swatches: tuple[Swatch, ...] = ()
    """Pairs of rectangles: a place in every frame, and the part of the reference with its colours."""
    scribbles: Path | None = None
    """A picture of scribbles for the whole source; or a folder of them, named by frame number (for stills,
    as the still), each of which applies until the next one or the end of the shot. Hard scribbles, which are
    never overridden, lie beside as ``NAME.hard.png``."""
    hints_from: str | None = None
    """Trained network whose most confident pixels are scribbles; default: the best one with histograms."""

    def __post_init__(self) -> None:
        for pair in self.swatches:
            for rectangle in pair:
                check_rectangle(rectangle)
        if self.swatches and not self.references:
            raise UsageError("swatches without a reference", "Name the reference with --reference.")

    @property
    def given(self) -> list[str]:
        """Names of the annotations that are given."""
        names = ("swatches", "references", "scribbles", "hints_from")
        return [name for name in names if getattr(self, name)]

    @property
    def files(self) -> list[Path]:
        """Files and folders that are read."""
        scribbles = [self.scribbles] if self.scribbles else []
        beside = hard_beside(self.scribbles) if self.scribbles else None
        return [*self.references, *scribbles, *([beside] if beside else [])]

    def absolute(self) -> Annotations:
        """Return the same files by paths that hold in any working folder."""
        return replace(
            self,
            references=tuple(path.absolute() for path in self.references),
            scribbles=self.scribbles and self.scribbles.absolute(),
        )


NO_ANNOTATIONS = Annotations()
