"""Functions that run on a worker: describe the worker, and do jobs."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize import __version__
from cartoonize.cluster.jobs import FrameRef, Job, JobSettings, contents_of, digest_of
from cartoonize.cluster.local_worker import own_device
from cartoonize.coloring.album import SentAlbum
from cartoonize.coloring.cached_shot import CachedShot
from cartoonize.coloring.ensemble import EnsembleSpec, accepts
from cartoonize.coloring.film_evidence import NO_EVIDENCE, FilmEvidence
from cartoonize.coloring.pipeline import ShotContext
from cartoonize.coloring.scribbled_frames import load_scribbles
from cartoonize.coloring.shot_record import ShotRecord, TrackRecorder
from cartoonize.coloring.shot_work import color_recorded
from cartoonize.errors import CartoonizeError, ClusterError, SourceError
from cartoonize.filters.number import steady_frame
from cartoonize.filters.predict import PredictOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.frames import Frame
from cartoonize.methods.member import Member
from cartoonize.prefetch import prefetch

if TYPE_CHECKING:
    from cartoonize.video.source import Source

#: Largest size of the compressed chroma of a shot that is sent back, in bytes.
MAX_RESULT = 1 << 30
#: One job at a time, because it uses all cores of the worker, and the members belong to the process.
_ONE_JOB = Lock()


@dataclass(frozen=True)
class WorkerInfo:
    """Version and capabilities of a worker."""

    version: str
    """Version of the program."""
    host: str
    """Name of its machine."""
    device: str
    """``cpu`` or ``cuda``."""
    precision: str
    """Precision that suits the device: ``float32``, ``bfloat16`` or ``float16``."""
    missing: tuple[Path, ...]
    """Files that do not exist for the worker."""


@dataclass(frozen=True)
class Refusal:
    """Error of a worker as a value, because some exceptions cannot be sent between processes."""

    message: str
    hint: str


def installed_version() -> str:
    """Return the version of the program in this process."""
    return __version__


def describe_worker(device: str, files: Sequence[Path]) -> WorkerInfo | Refusal:
    """Return the capabilities of this worker.

    Parameters
    ----------
    device : str
        Device to use, as in `pick_device`.
    files : sequence of Path
        Files that jobs will read.
    """
    from cartoonize.devices import name_of, pick_device, pick_dtype

    try:
        on = pick_device(device)
    except CartoonizeError as error:
        return _refusal(error)
    missing = tuple(path for path in files if not path.exists())
    precision = name_of(pick_dtype("auto", on))
    return WorkerInfo(__version__, socket.gethostname(), on.type, precision, missing)


def color_job(
    settings: JobSettings, job: Job, evidence: FilmEvidence | None = None, album: SentAlbum | None = None
) -> CachedShot | Refusal:
    """Colour the shot of a job; return everything that the cache keeps of it.

    Parameters
    ----------
    settings : JobSettings
    job : Job
    evidence : FilmEvidence, optional
        Known colours of the film, without the album; None if colours do not follow tracks.
    album : SentAlbum, optional
        Album of the films of the call.
    """
    try:
        if settings.version != __version__:
            raise ClusterError(
                f"cartoonize is version {__version__}, not {settings.version}",
                f"Install cartoonize {settings.version} there.",
            )
        with _ONE_JOB:
            known = replace(evidence, album=album) if evidence is not None else None
            return _colored(_on_own_device(settings), job, known)
    except CartoonizeError as error:
        return _refusal(error)
    except Exception as error:  # a bug; its exception may be one that cannot be sent
        logging.getLogger(__name__).exception("unexpected error")
        where = f"on {socket.gethostname()}, in the shot from frame {job.shot_start} on"
        return Refusal(f"{job.path}, {where}: {type(error).__name__}: {error}", "Read the log of the worker.")


def _refusal(error: CartoonizeError) -> Refusal:
    return Refusal(f"on {socket.gethostname()}: {error.message}", error.hint)


def _on_own_device(settings: JobSettings) -> JobSettings:
    how = settings.options.predict
    options = replace(settings.options, predict=replace(how, device=own_device(how.device)))
    return replace(settings, options=options)


def _colored(settings: JobSettings, job: Job, evidence: FilmEvidence | None) -> CachedShot:
    """Return the record of a shot that was coloured."""
    from cartoonize.video import open_source

    members, options = _members(settings), settings.options
    context = ShotContext(lambda: members, job.planes, options)
    known = evidence or NO_EVIDENCE
    recorder, record = TrackRecorder(), ShotRecord(job.planes, MAX_RESULT)
    damaged, film = options.render.allow_damaged, options.render.film
    with open_source(job.path, allow_damaged=damaged, film=film) as source:
        plate = _plate(source, job)
        with closing(prefetch(_frames(source, job))) as read:
            frames = (frame.having(background=plate) for frame in read)
            colored = color_recorded(frames, context, known, recorder, job.before)
            deque(record.following(colored), maxlen=0)
    shot = record.shot()
    if shot is None:
        where = f"{job.path}, in the shot from frame {job.shot_start} on"
        raise ClusterError(
            f"{where}: {len(job.frames)} frames are too many for a worker",
            "Colour this film without --scheduler. Shots that are done are not coloured again.",
        )
    return shot if evidence is None else replace(shot, tracks=evidence.cached(recorder, job.before))


def _plate(source: Source, job: Job) -> NDArray[np.float32] | None:
    """Return the background of a shot, if a member needs it. The shot is read once more for that."""
    if job.plates is None:
        return None
    from cartoonize.filters.backgrounds import backgrounds

    (plate,) = backgrounds(_frames(source, job), luminance=job.plates)
    return plate


def _members(settings: JobSettings) -> list[Member]:
    """Return the members. They stay loaded until a job has other settings."""
    options = settings.options
    return _loaded(settings.spec, settings.contents, settings.scribbled, options.render, options.predict)


@lru_cache(maxsize=1)
def _loaded(
    spec: EnsembleSpec,
    contents: tuple[tuple[Path, str], ...],
    scribbled: Path | None,
    render: RenderOptions,
    how: PredictOptions,
) -> list[Member]:
    for (path, here), (_, there) in zip(contents_of(spec), contents, strict=True):
        if here != there:
            raise ClusterError(
                f"{path} is another file than on the machine of the command",
                "Give all machines the same files under the same paths.",
            )
    scribbles = None
    if scribbled is not None and spec.annotations.scribbles is not None:
        luminance = next(m.luminance for m in spec.members() if accepts(m.variant, "scribbles"))
        scribbles = load_scribbles(spec.annotations.scribbles, scribbled, render, luminance)
    return spec.load(device=how.device, precision=how.precision, compiled=how.compile, scribbles=scribbles)


def _frames(source: Source, job: Job) -> Iterator[Frame]:
    """Yield the frames of a job as the command saw them.

    Reading begins near the first frame. If the film or its timestamps are damaged, this may yield other
    pictures than reading from the start. The remaining frames are then read from the start.
    """
    found = _Found(job)
    near = float((job.frames[0].pts - source.format.start_pts) * source.format.time_base)
    with suppress(SourceError):
        yield from found.among(source.frames(rgb=job.with_color, start=near))
    if not found.all:
        yield from found.among(source.frames(rgb=job.with_color, start=job.start))
    if not found.all:
        raise SourceError(
            f"{job.path} is another film than on the machine of the command",
            "Give all machines the same files under the same paths.",
        )


class _Found:
    """The frames of a job that were found in its source."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._n = 0
        self._grey: NDArray[np.uint8] | None = None
        """The picture of the last drawing."""

    @property
    def all(self) -> bool:
        """True if no frame is missing."""
        return self._n == len(self._job.frames)

    def among(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield frames with the numbers that they have in the job, until one does not match."""
        for frame in frames:
            ref = self._job.frames[self._n]
            if frame.pts < ref.pts:
                continue
            placed = self._placed(frame, ref)
            if frame.pts > ref.pts or (ref.digest and digest_of(placed) != ref.digest):
                return
            self._grey = placed.grey
            self._n += 1
            yield placed
            if self.all:
                return

    def _placed(self, frame: Frame, ref: FrameRef) -> Frame:
        """Return a frame as it was numbered."""
        job = self._job
        numbers = {"index": job.shot_start + self._n, "drawing": ref.drawing, "shot": job.shot}
        frame = frame.having(**numbers, area=job.area, mix=ref.mix)
        frame = frame.cropped if job.is_cropped else frame
        if ref.picture is not None:
            return job.pictures[ref.picture].on(frame).having(unsteadiness=ref.unsteadiness)
        if ref.unsteadiness is None:
            return frame
        return steady_frame(frame, ref.unsteadiness, None if ref.digest else self._grey)
