"""ShotCache: shots that were coloured are not coloured again while nothing changes that they depend on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import make_folder
from cartoonize.coloring.cached_shot import (
    CachedShot,
    CachedTracks,
    Pictures,
    Planes,
    fingerprint_of_arrays,
    fingerprint_of_hints,
)
from cartoonize.coloring.ensemble import EnsembleSpec
from cartoonize.coloring.evidence import Evidence
from cartoonize.coloring.films import Film
from cartoonize.coloring.pipeline import ColorizeOptions
from cartoonize.errors import OutputError
from cartoonize.frames import Frame
from cartoonize.methods.member import Member
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.coloring.cached_shot import Question
    from cartoonize.tracking.carry import ColorHints
    from cartoonize.tracking.memory import Memory
    from cartoonize.tracking.tracked import TrackedShot


#: A shot that takes more memory than this, packed, is not kept.
_MOST_BYTES = 1 << 28
#: Nor is any where less of the disk is free: the film needs it.
_RESERVE = 1 << 29


class TrackRecorder:
    """Stands between tracks and what they ask and tell, and remembers what was asked and told of a shot.

    Parameters
    ----------
    given : mapping of int to ColorHints
        Colours that are known of some frames, by index.
    memory : Memory
        What is known of the like; none is an empty one.
    tell : callable
        Called with the tracks of every shot, or part of a long one, in the order of the film.
    """

    def __init__(
        self, given: Mapping[int, ColorHints], memory: Memory | None, tell: Callable[[TrackedShot], None]
    ) -> None:
        self._given, self._tell = given, tell
        self._answer = memory.recall if memory is not None else _as_predicted
        self._questions: list[Question] = []
        """What was asked for the part of a shot that is being decided."""
        self._asked: dict[int, list[Question]] = {}
        self._told: dict[int, list[TrackedShot]] = {}

    def recall(self, histograms: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        """Ask the memory."""
        self._questions.append((histograms, lightness))
        return self._answer(histograms, lightness)

    def hear(self, part: TrackedShot) -> None:
        """Take what is told of a shot, or of a part of one, that was coloured."""
        self._asked.setdefault(part.number, []).extend(self._questions)
        self._told.setdefault(part.number, []).append(part)
        self._questions = []

    def take(self, shot: int) -> CachedTracks:
        """Return all of a shot that is over, and forget it."""
        parts, questions = self._told.pop(shot), self._asked.pop(shot)
        given = fingerprint_of_hints(self._given, parts[0].start, parts[-1].stop)
        answers = fingerprint_of_arrays(*(self._answer(*question) for question in questions))
        return CachedTracks(parts, given, questions, answers)

    def believes(self, tracks: CachedTracks) -> bool:
        """Tell whether a kept shot would come out just so again."""
        return tracks.still_hold(self._given, self._answer)

    def pass_on(self, tracks: CachedTracks) -> None:
        """Tell of a shot, coloured or kept, when it is its turn."""
        for part in tracks.parts:
            self._tell(part)


class ShotCache:
    """Keeps the shots of one film, as files, and gives them back.

    It stands at both ends of the chain: `kept` gives frames of shots that still hold their chroma, so that
    all stages leave them alone; `keeping` keeps the others when they are done.

    Parameters
    ----------
    folder : Path
        Of the film; has one folder for the last way in which it was coloured.
    key : str
        Fingerprint of all that every shot depends on: the film, options, networks, album, program.
    listener : TrackRecorder, optional
        Of the tracks, if it is coloured along those.
    afresh : bool
        Whether what was kept is not looked at.
    notify : callable
        Called with a line if shots cannot be kept: then they are only coloured.
    """

    def __init__(
        self,
        folder: Path,
        key: str,
        *,
        listener: TrackRecorder | None = None,
        afresh: bool = False,
        notify: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._folder, self._key, self.listener = folder, key[:32], listener
        self._afresh, self._notify = afresh, notify
        self._fails = False
        self._kept: dict[int, CachedShot] = {}
        """Shots on their way through the chain that were coloured before."""
        self.n_kept = 0
        """Shots that were not coloured again."""

    def depend_on(self, fact: str) -> None:
        """Add a fact that every shot depends on, which was not known when the key was made."""
        self._key = fingerprint_of([self._key, fact])[:32]

    def _path(self, shot: int) -> Path:
        return self._folder / self._key / f"{shot:06d}.npz"

    def kept(self, frames: Iterator[Frame]) -> Generator[Frame]:
        """Add ``chroma`` to the frames of shots that were coloured before and would be just so again.

        A film may go through it twice, the second time while the first is still under way.
        """
        shot, drawing, chroma, pictures = -1, -1, None, None
        for frame in frames:
            if frame.shot != shot:
                shot, drawing, pictures = frame.shot, -1, self._begin(frame)
            if pictures and frame.drawing != drawing:
                drawing, chroma = frame.drawing, next(pictures)
            yield frame.having(chroma=chroma) if pictures else frame

    def _begin(self, frame: Frame) -> Iterator[Planes] | None:
        listener, found = self.listener, self._kept.get(frame.shot)
        if found is None and not self._afresh:
            found = CachedShot.read(self._path(frame.shot), tracked=listener is not None)
        if found is None or found.start != frame.index:
            return None
        if listener is not None and found.tracks is not None and not listener.believes(found.tracks):
            return None
        self._kept[frame.shot] = found
        return iter(found.pictures)

    def keeping(self, frames: Generator[Frame]) -> Generator[Frame]:
        """Keep the shots that were coloured anew, each when its last frame has come."""
        shot, drawing, start = -1, -1, 0
        pictures: Pictures | None = None  # of this shot, as long as all of it has colours
        with closing(frames):
            for frame in frames:
                if frame.shot != shot:
                    self._end(shot, start, pictures)
                    shot, drawing, start, pictures = frame.shot, -1, frame.index, Pictures()
                if frame.chroma is None:
                    pictures = None
                elif pictures is not None and frame.drawing != drawing and self._may_keep(shot, pictures):
                    pictures.add(frame.chroma)
                drawing = frame.drawing
                yield frame
        self._end(shot, start, pictures)

    def _may_keep(self, shot: int, pictures: Pictures) -> bool:
        return shot not in self._kept and pictures.n_bytes < _MOST_BYTES

    def forget(self) -> None:
        """Take away all that is kept of the film."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, shot: int, start: int, pictures: Pictures | None) -> None:
        if pictures is None:
            return
        if shot in self._kept:
            done = self._kept.pop(shot)
            self.n_kept += 1
        else:
            done = CachedShot(start, pictures, self.listener.take(shot) if self.listener else None)
            if pictures.n_bytes < _MOST_BYTES:
                self._write(shot, done)
        if self.listener is not None and done.tracks is not None:
            self.listener.pass_on(done.tracks)

    def _write(self, shot: int, done: CachedShot) -> None:
        """Write a shot; where that fails the film comes first."""
        if self._fails:
            return
        try:
            self._forget_others()
            make_folder(self._folder)
            if shutil.disk_usage(self._folder).free < _RESERVE:
                raise OutputError(f"{self._folder}: the disk is nearly full")
            done.write(self._path(shot))
        except (OutputError, OSError) as error:  # the latter where another process removes the folder
            self._fails = True
            self._notify(f"shots are not kept for the next time: {error}")

    def _forget_others(self) -> None:
        """Take away what was kept of other ways to colour the film."""
        if (self._folder / self._key).is_dir():
            return
        for other in self._folder.glob("*"):
            shutil.rmtree(other, ignore_errors=True)


def film_folder(workspace: Workspace, film: Film, *, tracked: bool) -> Path:
    """Return the folder in which shots of a film are kept: with tracks for good, else until it is whole."""
    where = fingerprint_of(str(film.path.resolve()))[:8]
    return workspace.cache / ("shots" if tracked else "unfinished") / f"{film.path.stem}-{where}"


def film_key(
    film: Film, cast: EnsembleSpec, members: Sequence[Member], options: ColorizeOptions, evidence: Evidence
) -> str:
    """Return a fingerprint of all that every shot of a film depends on.

    But for what is known of its frames, and for the device and precision in which networks run.

    Parameters
    ----------
    film : Film
    cast : EnsembleSpec
    members : sequence of Member
    options : ColorizeOptions
    evidence : Evidence
    """
    from cartoonize.methods.checkpoint import read_header

    files = [*cast.checkpoints, *filter(None, [cast.hints])]
    how = replace(options.colorize, device="auto", precision="auto")
    return fingerprint_of(
        {
            "film": [fingerprint(film.path), film.render.allow_damaged, sorted(film.new_at)],
            "planes": asdict(film.writer.plane_format),
            "options": [asdict(how), asdict(options.refine), options.refine_order],
            "members": [(member.name, member.luminance) for member in members],
            "weights": [read_header(path)["sha256"] for path in files],
            "lent": [asdict(cast.guidance), *map(fingerprint, cast.guidance.files)],
            "album": evidence.album.fingerprint if evidence.album is not None else "",
            "program": _program(),
        }
    )


def result_key(film: Film, key: str, keys: Sequence[str], evidence: Evidence, on: str) -> str:
    """Return a fingerprint of all that a film's result depends on: what its shots do, and how it is written.

    Parameters
    ----------
    film : Film
    key : str
        Its `film_key`.
    keys : sequence of str
        Those of all films that are coloured together: what is known of one serves the others.
    evidence : Evidence
    on : str
        The device and precision.
    """
    known = [
        (other, fingerprint_of_hints(given, 0, sys.maxsize))
        for other, given in zip(keys, evidence.given, strict=False)
        if given
    ]
    return fingerprint_of([key, on, known, asdict(replace(film.render, force=False)), film.path.stem])


@cache
def _program() -> str:
    """Return a fingerprint of this program and of what it computes with."""
    home = Path(__file__).parents[1]
    code = [(str(file.relative_to(home)), fingerprint(file)) for file in sorted(home.rglob("*.py"))]
    return fingerprint_of([code, [version(name) for name in ("torch", "numpy", "opencv-python", "numba")]])


def _as_predicted(histograms: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    return histograms
