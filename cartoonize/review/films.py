"""Films: the coloured films of a workspace, their shots, doubts and cached colours. Knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.errors import SourceError, UnknownNameError
from cartoonize.review.earlier import have_other_colors
from cartoonize.tasks.colored_films import colored_films, confidence_folder, read_colored_films
from cartoonize.tracking.confidence import ShotDoubt
from cartoonize.tracking.confidence_file import SUFFIX, FilmConfidence
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.coloring.cached_shot import CachedShot
    from cartoonize.frames import Frame, VideoFormat

#: Length of the key of a film, as in the names of the folders of cached shots.
_KEY_LENGTH = 16


@dataclass(frozen=True, eq=False)
class ColoredFilm:
    """A film that was coloured along tracks, as a whole."""

    workspace: Workspace
    name: str
    confidence: FilmConfidence
    """Its shots, their doubts, and its source."""
    video: Path | None
    """Its coloured copy, which may have been removed; None if it was coloured without one."""

    @property
    def key(self) -> str:
        """Name of the film in addresses and in the journal: the start of the fingerprint of its content."""
        return self.confidence.fingerprint[:_KEY_LENGTH]

    @property
    def source(self) -> Path:
        """Path of the black-and-white film."""
        return Path(self.confidence.source)

    @property
    def shots(self) -> Sequence[ShotDoubt]:
        """The shots with their doubts, in the order of the film."""
        return self.confidence.shots

    @cached_property
    def _by_start(self) -> dict[int, ShotDoubt]:
        return {shot.start: shot for shot in self.shots}

    def shot_at(self, start: int) -> ShotDoubt:
        """Return the shot that begins with a frame, or raise `UnknownNameError`."""
        if start not in self._by_start:
            raise UnknownNameError("shot", f"at frame {start}", self._by_start)
        return self._by_start[start]

    @cached_property
    def format(self) -> VideoFormat | None:
        """Format of the source; None if it cannot be read."""
        from cartoonize.video import open_source

        try:
            with open_source(self.source, allow_damaged=True) as source:
                return source.format
        except SourceError:
            return None

    @cached_property
    def shots_folder(self) -> Path | None:
        """Folder of the cached shots; None if there are none."""
        found = [path for path in (self.workspace.cache / "shots" / self.key).glob("*") if path.is_dir()]
        return max(found, key=lambda path: path.stat().st_mtime) if found else None

    def cached_path(self, shot: ShotDoubt) -> Path | None:
        """Return the file of a cached shot, which may be missing; None if no shot is cached."""
        return self.shots_folder / _file_name(shot) if self.shots_folder else None

    def earlier_path(self, shot: ShotDoubt) -> Path:
        """Return the file with the colours that a shot had before the latest job, which may be missing."""
        return self.workspace.cache / "review" / "earlier" / self.key / _file_name(shot)

    def cached(self, shot: ShotDoubt, *, tracked: bool = False) -> CachedShot | None:
        """Return the colours of a shot, with its tracks if asked for; None if they are not cached."""
        return _read(self.cached_path(shot), shot, tracked=tracked)

    def earlier(self, shot: ShotDoubt) -> CachedShot | None:
        """Return the colours of a shot before the latest job; None if they are the same or unknown."""
        return _read(self.earlier_path(shot), shot) if self.has_changed(shot) else None

    def has_changed(self, shot: ShotDoubt) -> bool:
        """Return whether a shot has other colours than before the latest job or correction."""
        now, before = self.cached_path(shot), self.earlier_path(shot)
        return now is not None and have_other_colors(now, before)

    def tag(self, shot: ShotDoubt) -> str:
        """Return a text that changes when the colours of a shot change; "" if they are not cached."""
        path = self.cached_path(shot)
        with suppress(OSError):
            if path is not None:
                state = path.stat()
                return f"{state.st_mtime_ns:x}-{state.st_size:x}"
        return ""

    def frames(self, cached: CachedShot, indices: range | None = None) -> Iterator[Frame]:
        """Yield frames of a cached shot, read by seeking, with ``drawing`` as their position in the shot.

        Parameters
        ----------
        cached : CachedShot
            The shot.
        indices : range, optional
            Indices of successive frames of the film; default: all of the shot.

        Raises
        ------
        SourceError
            If the source cannot be read, or has other frames than when it was coloured.
        """
        from cartoonize.video import open_source
        from cartoonize.video.decoding import seconds

        indices = indices or range(cached.start, cached.stop)
        first = int(cached.pts[indices.start - cached.start])
        with open_source(self.source, allow_damaged=True) as source:
            tolerance = 0.25 / float(source.format.frame_rate or 24)
            # The pictures before the first one are decoded only if the film does not begin here.
            start = seconds(first, source.format) - tolerance if indices.start else None
            frames = source.frames(start=start)
            for index in indices:
                pts = int(cached.pts[index - cached.start])
                frame = next((frame for frame in frames if frame.pts >= pts), None)
                if frame is None or frame.pts != pts:
                    raise SourceError(
                        f"{self.source} has no frame {index} where it had one when it was coloured",
                        "Colour it again.",
                    )
                yield frame.having(drawing=cached.drawing_at(index))


def find_films(workspace: Workspace) -> list[ColoredFilm]:
    """Return the films of a workspace that were coloured along tracks, by name.

    A film that was coloured several times counts once, as it was coloured last.

    Raises
    ------
    SourceError
        If a confidence file is damaged.
    """
    without_output = sorted(confidence_folder(workspace).glob(f"*{SUFFIX}"))
    latest: dict[str, tuple[float, ColoredFilm]] = {}
    for found in (*colored_films(workspace), *read_colored_films(without_output)):
        confidence = found.confidence
        if confidence.is_part or not confidence.fingerprint or not confidence.shots:
            continue
        name = found.name if confidence.output else Path(confidence.source).stem
        film = ColoredFilm(workspace, name, confidence, found.video if confidence.output else None)
        time = found.path.stat().st_mtime
        if film.key not in latest or time > latest[film.key][0]:
            latest[film.key] = time, film
    return sorted((film for _, film in latest.values()), key=lambda film: film.name)


def _file_name(shot: ShotDoubt) -> str:
    from cartoonize.coloring.cached_shot import file_name

    return file_name(shot.start)


def _read(path: Path | None, shot: ShotDoubt, *, tracked: bool = False) -> CachedShot | None:
    """Read a cached shot; return None if it is missing, damaged or of other frames."""
    from cartoonize.coloring.cached_shot import CachedShot

    found = CachedShot.read(path, tracked=tracked) if path is not None else None
    if found is None or (found.start, found.stop) != (shot.start, shot.stop):
        return None
    return found
