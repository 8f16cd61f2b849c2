"""Scribbles: strokes of colour that a user paints over frames of a film."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.color.lab import rgb_to_lab
from cartoonize.errors import SourceError
from cartoonize.frames import COLOR_SIZE, Place
from cartoonize.reporting import LOG, Reporter

if TYPE_CHECKING:
    from cartoonize.video.source import Source

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: In a picture without transparency, a pixel is a scribble if its CIELAB chroma is at least this.
VISIBLE_CHROMA = 10.0
#: Scribbles count as one colour if the ranges of their a and b are smaller than this.
_ONE_COLOR = 8.0
#: Suffix of the names of pictures with hard scribbles.
_HARD = ".hard"


@dataclass(frozen=True, eq=False)
class Scribbles:
    """The scribbles for one film: sets of scribbles, each with the first frame to which it applies."""

    hints: Mapping[int, ColorHints]
    """Sets by frame number, ascending. Each applies until the next one or the end of the shot."""
    always: bool = False
    """True if the first set applies to all frames."""
    pictures: Mapping[int, NDArray[np.uint8]] = field(default_factory=dict)
    """The frames that scribbles were painted on, as `luma_for_flow` returns them, if they are known."""
    path: Path = Path()
    """Picture or folder that the scribbles were read from."""

    @property
    def begin_at(self) -> frozenset[int]:
        """Numbers of the frames from which other scribbles apply."""
        return frozenset() if self.always else frozenset(self.hints)

    def serving(self, place: Place | None) -> int | None:
        """Return the frame number of the set that applies to a frame, or None if there is none."""
        numbers = list(self.hints)
        if self.always or place is None:
            return numbers[0]
        before = bisect_right(numbers, place.index)
        if before == 0 or numbers[before - 1] < place.shot_start:
            return None
        return numbers[before - 1]

    def on(self, pictures: Mapping[int, NDArray[np.uint8]]) -> Scribbles:
        """Return a copy with the pictures that the scribbles were painted on."""
        return replace(self, pictures=pictures)


def luma_for_flow(luminance: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Convert L x 0.01 (height, width) to 8-bit values, as optical flow requires."""
    return np.rint(luminance * 255).clip(0, 255).astype(np.uint8)


def scribbles_in(picture: NDArray[np.uint8], *, exact: bool = False) -> ColorHints:
    """Find the scribbles in a picture of any size.

    If the picture has transparent pixels, every pixel that is at least half opaque is a scribble, also if it
    is white or grey. Otherwise, every pixel with a visible colour is a scribble. Each cell of the 256x256
    grid gets the mean colour of the scribbled pixels in it, so that thin lines in large pictures are not
    lost. A pixel of a small picture fills all of its cells.

    Parameters
    ----------
    picture : uint8 array, shape (height, width, 4)
        sRGB and alpha, 0..255.
    exact : bool
        True for hard scribbles. All methods keep their colours.
    """
    for axis, size in enumerate(picture.shape[:2]):
        picture = picture.repeat(-(-COLOR_SIZE // size), axis)
    height, width = picture.shape[:2]
    alpha = picture[..., 3]
    rows, columns = np.nonzero(alpha >= 128)
    ab = rgb_to_lab(picture[rows, columns, :3])[:, 1:]
    if (alpha == 255).all():
        colored = np.hypot(*ab.T) >= VISIBLE_CHROMA
        rows, columns, ab = rows[colored], columns[colored], ab[colored]
    cells = (2 * rows + 1) * COLOR_SIZE // (2 * height) * COLOR_SIZE
    cells += (2 * columns + 1) * COLOR_SIZE // (2 * width)
    positions, which, counts = np.unique(cells, return_inverse=True, return_counts=True)
    sums = [np.bincount(which, ab[:, k], len(positions)) for k in range(2)]
    means = np.stack(sums, 1) / np.maximum(counts, 1)[:, None]
    hints = ColorHints.at(positions, means.astype(np.float32), (COLOR_SIZE, COLOR_SIZE))
    return replace(hints, exact=hints.confidence > 0) if exact else hints


def hard_beside(scribbles: Path) -> Path | None:
    """Return the file of hard scribbles for a file of scribbles, such as ``NAME.hard.png``, or None."""
    from cartoonize.video.images import SUFFIXES

    paths = (scribbles.with_name(f"{scribbles.stem}{_HARD}{suffix}") for suffix in SUFFIXES)
    return next((path for path in paths if path.is_file()), None)


def read_scribbles(
    path: Path, source: Source | None = None, *, first: int = 0, reporter: Reporter = LOG
) -> Scribbles:
    """Read scribbles.

    Parameters
    ----------
    path : Path
        A picture of scribbles for all frames, or a folder of pictures that are named by frame number. For a
        source of stills, pictures in a folder are named like the stills.
    source : Source, optional
        Film that is coloured. Scribbles must have its aspect ratio.
    first : int
        Number of frames of the source before the part that is coloured.
    reporter : Reporter
        Receives warnings about scribbles that have little or no effect.

    Raises
    ------
    SourceError
        If a file is not a picture, has no scribbles, has another aspect ratio, or is not named by a frame.
    """
    from cartoonize.video.images import pictures_in

    if not path.exists():
        raise SourceError(f"{path} does not exist", "Give a picture of scribbles, or a folder of pictures.")
    if not path.is_dir():
        return Scribbles({0: _read_set(path, source, reporter)}, always=True, path=path)
    numbered: dict[int, Path] = {}
    for file in _soft(pictures_in(path)):
        number = _frame_number(file, source, first)
        if number in numbered:
            raise SourceError(
                f"{file} and {numbered[number].name} are for the same frame", "Remove one of them."
            )
        numbered[number] = file
    if min(numbered) < 0:
        early = ", ".join(numbered[number].name for number in sorted(numbered) if number < 0)
        reporter.warning(
            f"{path}: {early} are for frames before the part that is coloured. They are ignored."
        )
    return Scribbles({n: _read_set(numbered[n], source, reporter) for n in sorted(numbered)}, path=path)


def _soft(files: Sequence[Path]) -> list[Path]:
    """Return the files without those of hard scribbles, each of which requires a file of other scribbles."""
    soft = [file for file in files if Path(file.stem).suffix != _HARD]
    for file in files:
        if file not in soft and Path(file.stem).stem not in {other.stem for other in soft}:
            name = f"{Path(file.stem).stem}.png"
            raise SourceError(
                f"{file} has hard scribbles, but {name} does not exist",
                f"Add {name} in the same folder. It may be completely transparent.",
            )
    return soft


def _read_set(path: Path, source: Source | None, reporter: Reporter) -> ColorHints:
    hints = scribbles_in(_read_layer(path, source, reporter))
    hard = hard_beside(path)
    if hard:
        hints = scribbles_in(_read_layer(hard, source, reporter), exact=True).combined_with(hints)
    if len(hints) == 0:
        raise SourceError(
            f"{path} has no scribbles",
            "Paint on a transparent layer, or with strong colours on an opaque grey picture.",
        )
    ab = hints.ab[hints.confidence > 0]
    if (np.hypot(*ab.T) < VISIBLE_CHROMA).all():
        reporter.warning(f"{path} has only grey scribbles. The areas that they fill stay grey.")
    elif np.ptp(ab, axis=0).max() < _ONE_COLOR:
        reporter.warning(f"{path} has scribbles of one colour. All areas that they fill get this colour.")
    return hints


def _read_layer(path: Path, source: Source | None, reporter: Reporter) -> NDArray[np.uint8]:
    from cartoonize.annotations.aspect import check_aspect
    from cartoonize.annotations.picture import read_painting

    picture = read_painting(path, reporter=reporter)
    if source is not None:
        height, width = picture.shape[:2]
        check_aspect(path, (width, height), [source], "Paint on a picture of the source.")
    return picture


def _frame_number(path: Path, source: Source | None, first: int) -> int:
    """Return the index of the frame for a picture of scribbles, counted in the part that is coloured."""
    if source is not None and source.names:
        stems = [Path(name).stem for name in source.names]
        if path.stem not in stems:
            raise SourceError(
                f"{path} is not named like a picture of {source.path}",
                f"Name it like the picture that it is for, such as {stems[0]}.png.",
            )
        return stems.index(path.stem)
    if not path.stem.isdecimal():
        raise SourceError(
            f"{path}: the file name is not a frame number",
            "Count frames from 0, as in the frames/ of the workspace, such as 000120.png.",
        )
    return int(path.stem) - first
