"""Keeper: shots that were coloured are not coloured again while nothing changes that they depend on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import OutputError
from cartoonize.flow.chain import FlowOptions
from cartoonize.flow.evidence import Evidence
from cartoonize.flow.films import Film
from cartoonize.flow.members import Cast
from cartoonize.frames import Frame
from cartoonize.stages.kept import KeptShot, Pictures, Planes, fingerprint_of_arrays, fingerprint_of_known
from cartoonize.variants import Member
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.refine.known import Known
    from cartoonize.refine.memory import Memory
    from cartoonize.refine.tracked import TrackedShot
    from cartoonize.stages.kept import Question


class Keeper:
    """Keeps the shots of one film, as files, and gives them back.

    It stands at both ends of the chain: `kept` gives frames of shots that still hold their chroma, so that
    all stages leave them alone; `keeping` keeps the others when they are done. In between it stands before
    the memory, and hears what is told of the tracks.

    Parameters
    ----------
    folder : Path
        Of the film; has one folder for the last way in which it was coloured.
    key : str
        Fingerprint of all that every shot depends on: the film, options, networks, album, program.
    given : mapping of int to Known
        Colours that are known of some frames, by index.
    memory : Memory
        What is known of the like; none is an empty one.
    tell : callable
        Called with the tracks of every shot, or part of a long one, in the order of the film.
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
        given: Mapping[int, Known],
        memory: Memory | None,
        tell: Callable[[TrackedShot], None],
        afresh: bool = False,
        notify: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._folder, self._key = folder, key[:32]
        self._given, self._tell, self._afresh, self._notify = given, tell, afresh, notify
        self._answer = memory.recall if memory is not None else _as_predicted
        self._fails = False
        self._kept: dict[int, KeptShot] = {}
        """Shots on their way through the chain that were coloured before."""
        self._questions: list[Question] = []
        """What was asked for the part of a shot that is being decided."""
        self._asked: dict[int, list[Question]] = {}
        self._told: dict[int, list[TrackedShot]] = {}
        self.n_kept = 0
        """Shots that were not coloured again."""

    def recall(self, histograms: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        """Ask the memory."""
        self._questions.append((histograms, lightness))
        return self._answer(histograms, lightness)

    def hear(self, part: TrackedShot) -> None:
        """Take what is told of a shot, or of a part of one, that was coloured."""
        self._asked.setdefault(part.number, []).extend(self._questions)
        self._told.setdefault(part.number, []).append(part)
        self._questions = []

    def _path(self, shot: int) -> Path:
        return self._folder / self._key / f"{shot:06d}.npz"

    def kept(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Add ``chroma`` to the frames of shots that were coloured before and would be just so again."""
        shot, drawing, chroma, pictures = -1, -1, None, None
        for frame in frames:
            if frame.shot != shot:
                shot, drawing, pictures = frame.shot, -1, self._begin(frame)
            if pictures and frame.drawing != drawing:
                drawing, chroma = frame.drawing, next(pictures)
            yield frame.having(chroma=chroma) if pictures else frame

    def _begin(self, frame: Frame) -> Iterator[Planes] | None:
        found = None if self._afresh else KeptShot.read(self._path(frame.shot))
        if found is None or found.parts[0].start != frame.index:
            return None
        if not found.still_holds(self._given, self._answer):
            return None
        self._kept[frame.shot] = found
        return iter(found.pictures)

    def keeping(self, frames: Generator[Frame]) -> Generator[Frame]:
        """Keep the shots that were coloured anew, each when its last frame has come."""
        shot, drawing, pictures = -1, -1, Pictures()
        with closing(frames):
            for frame in frames:
                if frame.shot != shot:
                    self._end(shot, pictures)
                    shot, drawing, pictures = frame.shot, -1, Pictures()
                if frame.drawing != drawing and shot not in self._kept:
                    assert frame.chroma is not None
                    pictures.add(frame.chroma)
                drawing = frame.drawing
                yield frame
        self._end(shot, pictures)

    def _end(self, shot: int, pictures: Pictures) -> None:
        if shot < 0:
            return
        if shot in self._kept:
            parts = self._kept.pop(shot).parts
            self.n_kept += 1
        else:
            parts, questions = self._told.pop(shot), self._asked.pop(shot)
            given = fingerprint_of_known(self._given, parts[0].start, parts[-1].stop)
            answers = fingerprint_of_arrays(*(self._answer(*question) for question in questions))
            self._write(shot, KeptShot(pictures, parts, given, questions, answers))
        for part in parts:
            self._tell(part)

    def _write(self, shot: int, done: KeptShot) -> None:
        """Write a shot; where that fails the film comes first."""
        if self._fails:
            return
        try:
            self._forget_others()
            done.write(self._path(shot))
        except OutputError as error:
            self._fails = True
            self._notify(f"shots are not kept for the next time: {error.message}")

    def _forget_others(self) -> None:
        """Take away what was kept of other ways to colour the film."""
        if (self._folder / self._key).is_dir():
            return
        for other in self._folder.glob("*"):
            shutil.rmtree(other, ignore_errors=True)


def film_folder(workspace: Workspace, film: Film) -> Path:
    """Return the folder in which shots of a film are kept."""
    where = fingerprint_of(str(film.path.resolve()))[:8]
    return workspace.cache / "shots" / f"{film.path.stem}-{where}"


def film_key(
    film: Film, cast: Cast, members: Sequence[Member], options: FlowOptions, evidence: Evidence
) -> str:
    """Return a fingerprint of all that every shot of a film depends on, but for what is known of frames."""
    from cartoonize.devices import pick_device
    from cartoonize.models.checkpoint import read_header

    files = [*cast.checkpoints, *filter(None, [cast.hints])]
    return fingerprint_of(
        {
            "film": [fingerprint(film.path), film.render.allow_damaged, sorted(film.new_at)],
            "planes": asdict(film.writer.plane_format),
            "options": [asdict(options.colorize), asdict(options.refine)],
            "members": [(member.name, member.bfloat16, member.luminance) for member in members],
            "weights": [read_header(path)["sha256"] for path in files],
            "lent": [asdict(cast.guidance), *map(fingerprint, cast.guidance.paths.values())],
            "album": evidence.album.fingerprint if evidence.album is not None else "",
            "program": [pick_device(options.colorize.device).type, _program()],
        }
    )


@cache
def _program() -> str:
    """Return a fingerprint of this program and of what it computes with."""
    home = Path(__file__).parents[1]
    code = [(str(file.relative_to(home)), fingerprint(file)) for file in sorted(home.rglob("*.py"))]
    return fingerprint_of([code, [version(name) for name in ("torch", "numpy", "opencv-python", "numba")]])


def _as_predicted(histograms: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    return histograms
