"""What a user lends to methods that take it: references, swatches, scribbles, a network's hints."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cartoonize.coloring.films import another_aspect, first_frame
from cartoonize.errors import SourceError, UsageError
from cartoonize.filters.render import RenderOptions
from cartoonize.frames import COLOR_SIZE
from cartoonize.methods.registry import VARIANTS
from cartoonize.methods.variant import AnnotationKind, Variant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cartoonize.methods.classical.common.guides import Marks, Reference, Scribbles
    from cartoonize.video.source import Source

Rectangle = tuple[float, float, float, float]

_WHOLE = RenderOptions()
_HARD = ".hard"
#: Scribbles that differ by less in ab are of one colour.
_ONE_COLOR = 8.0


@dataclass(frozen=True)
class Guidance:
    """What the chosen methods are lent; `VARIANTS` says which of them takes what."""

    reference: Path | None = None
    """A coloured picture whose colours are taken, or a folder of them; default: those of training frames."""
    swatches: tuple[tuple[Rectangle, Rectangle], ...] = ()
    """Pairs of rectangles: where in every frame the colours of which part of the reference belong. Each is
    left, top, width and height as shares of the picture, 0..1."""
    scribbles: Path | None = None
    """A picture of scribbles for the whole source; or a folder of them, named by frame number (for stills,
    as the still), each of which serves from its frame on until the next one or the end of the shot. What
    is never wrong may lie beside as ``NAME.hard.png``."""
    hints_from: str | None = None
    """The trained network that gives hints; default: the best one with histograms."""

    def __post_init__(self) -> None:
        for rectangle in (r for pair in self.swatches for r in pair):
            left, top, width, height = rectangle
            inside = left >= 0 and top >= 0 and left + width <= 1.0001 and top + height <= 1.0001
            if not (inside and width > 0 and height > 0):
                raise UsageError(
                    f"swatch {','.join(f'{v:g}' for v in rectangle)} is not inside the picture",
                    "Give left, top, width and height as shares of the picture, 0..1.",
                )
        if self.swatches and not self.reference:
            raise UsageError(
                "swatches without a reference", "Say which picture they are of with --reference."
            )

    @property
    def lent(self) -> list[str]:
        """Names of what is given."""
        return [name for name in ("swatches", "reference", "scribbles", "hints_from") if getattr(self, name)]

    @property
    def paths(self) -> dict[str, Path]:
        """Files and folders that are given, by name."""
        return {name: getattr(self, name) for name in ("reference", "scribbles") if getattr(self, name)}

    @property
    def files(self) -> list[Path]:
        """All that is read: these, and what lies beside them."""
        beside = hard_beside(self.scribbles) if self.scribbles else None
        return [*self.paths.values(), *([beside] if beside else [])]

    def suffices(self, variant: Variant) -> bool:
        """Whether a variant needs nothing from a training of its own."""
        return variant.kind == "fixed" or variant.instead in self.lent

    def check(self, variants: Sequence[Variant]) -> None:
        """Raise `UsageError` if something is lent that none of the variants takes."""
        for name in self.lent:
            if not any(_takes(variant, name) for variant in variants):
                takers = [v.name for v in VARIANTS.values() if _takes(v, name)]
                option = "swatch" if name == "swatches" else name.replace("_", "-")
                raise UsageError(
                    f"--{option} is given, and no chosen variant takes it",
                    f"Add --variant {' or '.join(takers)}.",
                )


def _takes(variant: Variant, name: str) -> bool:
    if name == "hints_from":
        return variant.needs_hints
    return ("references" if name == "reference" else name) in variant.accepts


def hard_beside(scribbles: Path) -> Path | None:
    """Return the picture of the hard ones beside a picture of scribbles, if there is one."""
    from cartoonize.video.images import SUFFIXES

    paths = (scribbles.with_name(f"{scribbles.stem}{_HARD}{suffix}") for suffix in SUFFIXES)
    return next((path for path in paths if path.is_file()), None)


def parse_swatch(text: str) -> tuple[Rectangle, Rectangle]:
    """Parse ``X,Y,W,H=X,Y,W,H``: a rectangle in the frame and one in the reference.

    Raises
    ------
    UsageError
        If these are not twice four numbers.
    """
    try:
        here, there = (tuple(float(v) for v in part.split(",")) for part in text.split("="))
        (a, b, c, d), (e, f, g, h) = here, there
    except ValueError as error:
        raise UsageError(
            f"swatch {text!r} is not X,Y,W,H=X,Y,W,H",
            "Left, top, width, height in the frame and in the reference, as shares of the picture, 0..1.",
        ) from error
    return (a, b, c, d), (e, f, g, h)


def load_guides(
    guidance: Guidance,
    *,
    sources: Sequence[Path] = (),
    render: RenderOptions = _WHOLE,
    luminance: str = "grey",
    notify: Callable[[str], None] = lambda line: None,
) -> dict[AnnotationKind, Any]:
    """Read what is lent, as the methods take it.

    Parameters
    ----------
    guidance : Guidance
    sources : sequence of Path
        What is going to be coloured: scribbles are for one source, and have its aspect.
    render : RenderOptions
        Frame numbers count from the source's first frame, wherever ``start`` is.
    luminance : {"grey", "cielab"}
        What the methods look at: the black-and-white picture, or the coloured one.
    notify : callable
        Called with lines that the user should read.

    Raises
    ------
    UsageError, SourceError
        If there are scribbles for several sources, or files that are no picture, no scribbles, or of another
        aspect.
    """
    from cartoonize.video.images import pictures_in

    guides: dict[AnnotationKind, Any] = {"swatches": guidance.swatches}
    if guidance.reference:
        folder = guidance.reference.is_dir()
        files = pictures_in(guidance.reference) if folder else [guidance.reference]
        if guidance.swatches and len(files) > 1:
            raise UsageError(
                f"{guidance.reference} holds {len(files)} references, and swatches are of one",
                "Name the one that they are of.",
            )
        guides["references"] = [_read_reference(file, notify) for file in files]
    if guidance.scribbles:
        guides["scribbles"] = _read_scribbles(guidance.scribbles, sources, render, luminance, notify)
    return guides


def _read_reference(path: Path, notify: Callable[[str], None]) -> Reference:
    import numpy as np

    from cartoonize.color.lab import lightness_on_grid, rgb_to_lab
    from cartoonize.frames import area_average
    from cartoonize.methods.classical.common.guides import VISIBLE_CHROMA, Reference
    from cartoonize.video.images import read_picture_with_alpha
    from cartoonize.video.planes import luma_of_rgb

    picture = read_picture_with_alpha(path)
    if picture[..., 3].min() < 255:
        raise SourceError(
            f"{path} is transparent in part, and methods without a network take whole pictures",
            "Paint all of it, or colour with networks: what is painted in part goes along their tracks.",
        )
    rgb = np.ascontiguousarray(picture[..., :3])
    ab = rgb_to_lab(area_average(rgb))[..., 1:]
    if np.hypot(ab[..., 0], ab[..., 1]).max() < VISIBLE_CHROMA:
        notify(f"{path} has no colour, and all that takes its colours stays grey.")
    return Reference(lightness_on_grid(luma_of_rgb(rgb, "bt601"), COLOR_SIZE, COLOR_SIZE), ab)


def _read_scribbles(
    path: Path,
    sources: Sequence[Path],
    render: RenderOptions,
    luminance: str,
    notify: Callable[[str], None],
) -> Scribbles:
    from cartoonize.methods.classical.common.guides import Scribbles
    from cartoonize.video import open_source
    from cartoonize.video.images import pictures_in

    if not path.exists():
        raise SourceError(f"{path} does not exist", "Scribbles are a picture or a folder of pictures.")
    if len(sources) > 1:
        raise UsageError(
            f"scribbles {path} for {len(sources)} sources",
            "Colour the sources one by one, each with its own.",
        )
    source = open_source(sources[0], allow_damaged=render.allow_damaged) if sources else None
    if not path.is_dir():
        return Scribbles({0: _read_marks(path, source, notify)}, always=True)
    numbered: dict[int, Path] = {}
    files = pictures_in(path)
    soft = {file.stem for file in files}
    for file in files:
        if Path(file.stem).suffix == _HARD:
            if Path(file.stem).stem not in soft:
                raise SourceError(
                    f"{file} are hard scribbles without others",
                    f"Put {Path(file.stem).stem}.png beside, transparent if there are no others.",
                )
            continue
        number = _frame_number(file, source, render)
        if number in numbered:
            raise SourceError(f"{file} and {numbered[number].name} are for one frame", "Leave one of them.")
        numbered[number] = file
    scribbles = Scribbles({n: _read_marks(numbered[n], source, notify) for n in sorted(numbered)})
    if min(numbered) < 0:
        early = ", ".join(numbered[number].name for number in sorted(numbered) if number < 0)
        notify(f"{path}: {early} are of frames before the part that is coloured, and left out.")
    if source is None:
        return scribbles
    return scribbles.on(_pictures_at(source, path, numbered, render, luminance))


def _read_marks(path: Path, source: Source | None, notify: Callable[[str], None]) -> Marks:
    marks = _read_layer(path, source)
    hard = hard_beside(path)
    if hard:
        marks = marks.with_hard(_read_layer(hard, source))
    if len(marks.positions) == 0:
        raise SourceError(
            f"{path} has no scribble",
            "Paint on a transparent layer, or with strong colours on an opaque grey picture.",
        )
    if marks.are_grey:
        notify(f"{path} has only grey scribbles: what they reach stays grey.")
    elif np.ptp(marks.ab, axis=0).max() < _ONE_COLOR:
        notify(f"{path} has scribbles of one colour: all that they reach becomes it.")
    return marks


def _read_layer(path: Path, source: Source | None) -> Marks:
    from cartoonize.methods.classical.common.guides import marks_of
    from cartoonize.video.images import read_picture_with_alpha

    picture = read_picture_with_alpha(path)
    height, width = picture.shape[:2]
    if source is not None and not source.format.has_aspect_of(width, height):
        raise another_aspect(path, (width, height), source, "Paint on a picture of the source.")
    return marks_of(picture)


def _pictures_at(
    source: Source, path: Path, numbers: Collection[int], render: RenderOptions, luminance: str
) -> dict[int, NDArray[np.uint8]]:
    """Read the frames that scribbles were painted on; a film is decoded as far as to the last of them.

    Raises
    ------
    SourceError
        If one is beyond the end.
    """
    from cartoonize.filters.predict import lightness_of
    from cartoonize.methods.classical.common.guides import luma_for_flow

    wanted = {number for number in numbers if number >= 0}
    found: dict[int, NDArray[np.uint8]] = {}
    if not wanted:
        return found
    n_frames = 0
    in_color = luminance == "cielab" and source.format.has_color
    for frame in source.frames(start=render.start, end=render.end, rgb=in_color):
        n_frames = frame.index + 1
        if frame.index in wanted:
            found[frame.index] = luma_for_flow(lightness_of(frame, luminance) / 100)
        if len(found) == len(wanted):
            return found
    if not render.is_part:
        late = min(wanted - found.keys())
        raise SourceError(
            f"{path}: there are scribbles for frame {late}, and {source.path} has {n_frames} frames",
            "Frames count from 0, as in the workspace's frames/.",
        )
    return found


def _frame_number(path: Path, source: Source | None, render: RenderOptions) -> int:
    """Return the index of the frame, as the source will number it, that a picture of scribbles is for."""
    if source is not None and source.names:
        stems = [Path(name).stem for name in source.names]
        if path.stem not in stems:
            raise SourceError(
                f"{path} is named like no picture of {source.path}",
                f"Name it as one of them: {stems[0]}.png.",
            )
        return stems.index(path.stem)
    if not path.stem.isdecimal():
        raise SourceError(
            f"{path} is not named by a frame number",
            "Frames count from 0, as in the workspace's frames/: 000120.png.",
        )
    return int(path.stem) - (first_frame(source, render) if source is not None else 0)
