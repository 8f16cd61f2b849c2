"""Annotations: the colours that a user gives for a film, as files and options."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cartoonize.annotations.scribbles import hard_beside
from cartoonize.annotations.swatches import Swatch, check_rectangle
from cartoonize.errors import UsageError


@dataclass(frozen=True)
class Annotations:
    """Colours that a user gives. The table of methods, `VARIANTS`, lists which methods accept which kinds."""

    references: tuple[Path, ...] = ()
    """Coloured pictures, or folders of them. Methods that accept references take colours from whole
    pictures. For all other methods, references are coloured frames of the film, whole or painted in part,
    and their colours follow the tracks."""
    swatches: tuple[Swatch, ...] = ()
    """Pairs of rectangles: a place in every frame, and the part of the reference with its colours."""
    scribbles: Path | None = None
    """Picture of scribbles for the whole source, or folder of such pictures. Pictures in a folder are named
    by frame number (for stills, like the still). Each applies until the next one or the end of the shot.
    Hard scribbles, which no method overrides, are in ``NAME.hard.png`` beside ``NAME.png``."""
    hints_from: str | None = None
    """Name of the trained network whose most confident pixels are used as scribbles. Default: the best
    network that predicts histograms."""
    grey_is_known: bool = False
    """True if grey areas of references are known to be grey. Otherwise, areas that are as grey as in the film
    are not painted yet, and their colours are unknown."""

    def __post_init__(self) -> None:
        for pair in self.swatches:
            for rectangle in pair:
                check_rectangle(rectangle)
        if self.swatches and not self.references:
            raise UsageError("swatches require a reference", "Give the reference with --reference.")

    @property
    def given(self) -> list[str]:
        """Names of the fields that are set."""
        names = ("swatches", "references", "scribbles", "hints_from")
        return [name for name in names if getattr(self, name)]

    @property
    def files(self) -> list[Path]:
        """Files and folders to read."""
        scribbles = [self.scribbles] if self.scribbles else []
        beside = hard_beside(self.scribbles) if self.scribbles else None
        return [*self.references, *scribbles, *([beside] if beside else [])]

    def absolute(self) -> Annotations:
        """Return a copy with absolute paths, which are valid in any working folder."""
        return replace(
            self,
            references=tuple(path.absolute() for path in self.references),
            scribbles=self.scribbles and self.scribbles.absolute(),
        )


NO_ANNOTATIONS = Annotations()
