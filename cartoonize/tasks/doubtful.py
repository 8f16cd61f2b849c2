"""List the shots of coloured films that most likely have wrong colours, and draw them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.errors import SourceError, UsageError
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.colored_films import ColoredFilm
from cartoonize.tracking.confidence import Box, DoubtfulRegion, ShotDoubt

if TYPE_CHECKING:
    from cartoonize.frames import Frame
    from cartoonize.report.contact_sheet import Thumbnail


@dataclass(frozen=True)
class DoubtfulShot:
    """A shot of a coloured film."""

    film: ColoredFilm
    doubt: ShotDoubt
    expected_wrong: float
    """Share of the picture area of all listed films, over all frames, that is expected to be wrong and is in
    this shot, 0..1."""

    @property
    def worst(self) -> DoubtfulRegion | None:
        """The region with the largest area that is expected to be wrong; None if the shot has no region."""
        return self.doubt.regions[0] if self.doubt.regions else None

    @property
    def seconds(self) -> float:
        """Time of the frame of the worst region, in seconds from the start of the source."""
        return self.worst.seconds if self.worst else self.doubt.seconds


@dataclass(frozen=True)
class DoubtfulShots:
    """The shots of coloured films, worst first."""

    shots: Sequence[DoubtfulShot]
    expected_wrong: float
    """Share of the picture area of all films, over all frames, that is expected to be wrong, 0..1."""


def doubtful_shots(films: Sequence[ColoredFilm]) -> DoubtfulShots:
    """Return the shots of films in descending order of the area that is expected to be wrong.

    The expected wrong area of a shot is one minus its confidence, times its number of frames. It is a share
    of the area of all films together, so that the shots of several films can be compared.
    """
    n_frames = max(sum(film.confidence.n_frames for film in films), 1)
    shots = [
        DoubtfulShot(film, doubt, round(doubt.wrong_frames / n_frames, 6))
        for film in films
        for doubt in film.confidence.shots
    ]
    shots.sort(key=lambda shot: -shot.expected_wrong)
    total = sum(shot.doubt.wrong_frames for shot in shots) / n_frames
    return DoubtfulShots(shots, round(total, 6))


def frames_of(shots: Sequence[DoubtfulShot], reporter: Reporter = LOG) -> list[Frame | None]:
    """Read one frame of each shot from the coloured films: that of its worst region.

    Parameters
    ----------
    shots : sequence of DoubtfulShot
        Shots of any films, in any order.
    reporter : Reporter
        Receives a warning for each film that cannot be read.

    Returns
    -------
    list of Frame or None
        For each shot: the frame with ``rgb`` and square pixels, or None if it could not be read.
    """
    from cartoonize.video.excerpts import frames_near

    found: list[Frame | None] = [None] * len(shots)
    by_film: dict[Path, list[int]] = {}
    for number, shot in enumerate(shots):
        by_film.setdefault(shot.film.path, []).append(number)
    n_done = 0
    for numbers in by_film.values():
        film = shots[numbers[0]].film
        numbers.sort(key=lambda number: shots[number].seconds)
        times = [shots[number].seconds - film.confidence.offset for number in numbers]
        try:
            for number, frame in zip(numbers, frames_near(film.video, times, squared=True), strict=True):
                found[number] = frame
                n_done += 1
                reporter.progress("reading frames", n_done, len(shots))
        except SourceError as error:
            reporter.warning(f"no pictures of {film.name}: {error}")
    return found


def describe_all(found: DoubtfulShots) -> str:
    """Describe the area that is expected to be wrong in one sentence."""
    n_films = len({shot.film.path for shot in found.shots})
    what = "the film is" if n_films == 1 else f"the {n_films} films is"
    return f"About {found.expected_wrong:.1%} of {what} expected to be wrong."


def draw_doubtful(
    shots: Sequence[DoubtfulShot], output: Path, *, heading: str = "", reporter: Reporter = LOG
) -> Path | None:
    """Draw a contact sheet of shots as a PNG file: a picture of each with a box around its worst region.

    Parameters
    ----------
    shots : sequence of DoubtfulShot
        Shots to draw, in order.
    output : Path
        PNG file to write. An existing file is replaced.
    heading : str
        Line above the pictures.
    reporter : Reporter
        Receives progress, and a warning for each film that cannot be read.

    Returns
    -------
    Path or None
        The file, or None if no frame could be read.

    Raises
    ------
    UsageError, OutputError
        If the name does not end in ``.png``, or the file cannot be written.
    """
    from cartoonize.report.contact_sheet import contact_sheet, write_png

    if output.suffix.lower() != ".png":
        raise UsageError(f"{output}: not the name of a PNG file", "Choose a name that ends in .png.")
    n_films = len({shot.film.path for shot in shots})
    thumbnails = list(_thumbnails(shots, frames_of(shots, reporter), with_names=n_films > 1))
    if not thumbnails:
        return None
    write_png(output, contact_sheet(thumbnails, heading))
    return output


def _thumbnails(
    shots: Sequence[DoubtfulShot], frames: Sequence[Frame | None], *, with_names: bool
) -> Iterator[Thumbnail]:
    from cartoonize.report.contact_sheet import Thumbnail

    for shot, frame in zip(shots, frames, strict=True):
        if frame is not None and frame.rgb is not None:
            name = f"{shot.film.name} " if with_names else ""
            title = f"{name}{clock(shot.seconds)}"
            yield Thumbnail(frame.rgb, title, f"{shot.expected_wrong:.1%} of the film", *_about(shot))


def _about(shot: DoubtfulShot) -> tuple[str, Box | None]:
    """Return the description of the worst region of a shot, and the box around it."""
    if shot.worst is None:
        return "", None
    return describe_region(shot.worst), box_of(shot.worst)


def describe_shot(shot: DoubtfulShot) -> str:
    """Describe a shot and its most doubtful region in one line."""
    region = f", {describe_region(shot.worst)}" if shot.worst else ""
    return f"{shot.film.name} {clock(shot.seconds)}{region}"


def describe_region(region: DoubtfulRegion) -> str:
    """Describe a region in words, such as ``lower middle: probably wrong (11% of the picture)``."""
    return f"{region.place}: {region.verdict} ({region.area:.0%} of the picture)"


def box_of(region: DoubtfulRegion) -> Box:
    """Return the box around a region; for files of version 1, a square of its area around its centre."""
    if region.box is not None:
        return region.box
    half = min(max(region.area, 0.0) ** 0.5, 1.0) / 2
    x, y = region.x, region.y
    return max(x - half, 0.0), max(y - half, 0.0), min(x + half, 1.0), min(y + half, 1.0)


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds, such as ``1:02.5``."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"
