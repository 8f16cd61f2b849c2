"""Films of a series: which are in colour, which are to be coloured, and what cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cartoonize.errors import SourceError, UsageError
from cartoonize.film_parts import disc_folder, whole_disc
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import fingerprint

#: Suffixes of files that count as videos in a folder. A file that is named by itself may have any.
VIDEO_SUFFIXES = frozenset({
    ".3gp", ".asf", ".avi", ".dv", ".f4v", ".flv", ".m2t", ".m2ts", ".m2v", ".m4v", ".mkv", ".mov", ".mp4",
    ".mpeg", ".mpg", ".mts", ".mxf", ".ogm", ".ogv", ".rm", ".rmvb", ".ts", ".vob", ".webm", ".wmv",
})  # fmt: skip
#: Number of frames of a film, evenly spread, in which colour is looked for.
_N_LOOKS = 12
#: A pixel has a colour if its channels differ by more than this, of 0..255.
_MIN_SPREAD = 24
#: A frame is in colour if more than this share of its pixels has a colour.
_MIN_SHARE = 0.01
#: Largest number of names in a message.
_MAX_NAMES = 3


@dataclass(frozen=True)
class SeriesFilms:
    """Films of a series."""

    colored: tuple[Path, ...]
    """Films to learn from."""
    grey: tuple[Path, ...]
    """Films to colour."""


def find_series_films(
    colored: Sequence[Path], grey: Sequence[Path], *, reporter: Reporter = LOG
) -> SeriesFilms:
    """Find and check the films of a series.

    Parameters
    ----------
    colored : sequence of Path
        Films in colour, or folders of them; may be empty.
    grey : sequence of Path
        Films to colour, or folders of them.
    reporter : Reporter
        Receives messages about films and files that are not used as the user may expect.

    Raises
    ------
    UsageError
        If both are the same, a film is in both, a folder has no film, or nothing in ``colored`` is in colour.
    SourceError
        If a film cannot be read.
    """
    for path in colored:
        if any(path.exists() and other.exists() and path.samefile(other) for other in grey):
            raise UsageError(
                f"{path} is given both as the films in colour and as the films to colour",
                "Put the films to colour into another folder.",
            )
    to_color = [film for path in grey for film in films_in(path, reporter)]
    known = [film for path in colored for film in films_in(path, reporter)]
    _check_apart(known, to_color)
    in_color = [film for film in known if has_color(film)]
    for film in known:
        if film not in in_color and in_color:
            reporter.warning(f"{film} has no colour. Nothing is learned from it.")
    if known and not in_color:
        raise UsageError(
            f"{', '.join(map(str, colored))} has no frame in colour",
            "Give films in colour first and the films to colour second. Without films in colour, give only"
            " the films to colour, and painted frames with --references.",
        )
    for film in to_color:
        if has_color(film):
            reporter.info(f"{film} is in colour. Its colours are ignored.")
    return SeriesFilms(tuple(in_color), tuple(to_color))


def films_in(path: Path, reporter: Reporter = LOG) -> list[Path]:
    """Return the films that a path names: itself, or the films of a folder by name.

    A folder that has pictures and no videos is one film, and so is the folder of a DVD or Blu-ray. Folders of
    pictures and of discs in a folder are films, too.

    Raises
    ------
    UsageError
        If the path does not exist, or the folder has no film.
    """
    if not path.exists():
        raise UsageError(f"{path} does not exist", "Give a video, or a folder of videos.")
    if not path.is_dir() or disc_folder(path) is not None:
        return [whole_disc(path)]
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    films = [e for e in entries if e.is_file() and e.suffix.lower() in VIDEO_SUFFIXES]
    films += [e for e in entries if e.is_dir() and (disc_folder(e) is not None or _has_pictures(e))]
    if not films and _has_pictures(path):
        return [path]
    if not films:
        raise UsageError(f"{path} has no videos", "Give a video, or a folder of videos.")
    others = [e.name for e in entries if e not in films]
    if others:
        more = ", ..." if len(others) > _MAX_NAMES else ""
        noun = "file is not a video and is" if len(others) == 1 else "files are not videos and are"
        reporter.info(f"{path}: {len(others)} {noun} not used: {', '.join(others[:_MAX_NAMES])}{more}.")
    return sorted(films)


def has_color(film: Path) -> bool:
    """Return whether one of some frames of a film, evenly spread, is in colour.

    Raises
    ------
    SourceError
        If the film cannot be read.
    """
    from cartoonize.video import open_source
    from cartoonize.video.excerpts import frames_near

    with open_source(film, allow_damaged=True) as source:
        if not source.format.has_color:
            return False
        duration = source.format.n_frames / float(source.format.frame_rate or 24)
    times = [duration * (k + 0.5) / _N_LOOKS for k in range(_N_LOOKS)]
    looks = [frame.rgb for frame in frames_near(film, times) if frame is not None]
    for rgb in looks:
        if rgb is not None:
            spread = rgb.max(-1).astype(int) - rgb.min(-1)
            if (spread > _MIN_SPREAD).mean() > _MIN_SHARE:
                return True
    return not looks  # frames at odd times: the film counts as coloured


def _has_pictures(folder: Path) -> bool:
    from cartoonize.video.images import pictures_in

    try:
        return bool(pictures_in(folder))
    except SourceError:
        return False


def _check_apart(colored: Sequence[Path], grey: Sequence[Path]) -> None:
    """Raise `UsageError` if a film, by its content, is in both lists."""
    known = {fingerprint(film): film for film in colored} if colored else {}
    for film in grey:
        twin = known.get(fingerprint(film)) if known else None
        if twin is not None:
            raise UsageError(
                f"{film} is the same film as {twin}, which is in colour",
                "Remove it from one of the two.",
            )
