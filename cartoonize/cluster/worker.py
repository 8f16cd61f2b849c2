"""Functions that run on a worker: describe the worker, and do jobs."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from cartoonize import __version__
from cartoonize.cluster.jobs import DrawingRef, Job, JobSettings, contents_of, digest_of
from cartoonize.cluster.local_worker import own_device
from cartoonize.coloring.ensemble import EnsembleSpec, accepts
from cartoonize.coloring.pipeline import ShotContext, color_shot
from cartoonize.coloring.scribbled_frames import load_scribbles
from cartoonize.errors import CartoonizeError, ClusterError, SourceError
from cartoonize.filters.number import steady_frame
from cartoonize.filters.predict import Batch, PredictOptions
from cartoonize.filters.render import Planes, RenderOptions
from cartoonize.frames import Frame
from cartoonize.methods.member import Member
from cartoonize.prefetch import prefetch

if TYPE_CHECKING:
    from cartoonize.video.source import Source

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


def color_job(settings: JobSettings, job: Job) -> list[Planes] | Refusal:
    """Colour the drawings of a job; return their chroma planes in the same order."""
    try:
        if settings.version != __version__:
            raise ClusterError(
                f"cartoonize is version {__version__}, not {settings.version}",
                f"Install cartoonize {settings.version} there.",
            )
        with _ONE_JOB:
            return list(_colored(_on_own_device(settings), job))
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


def _colored(settings: JobSettings, job: Job) -> Iterator[Planes]:
    """Yield the chroma planes of the drawings of a job."""
    from cartoonize.video import open_source

    members = _members(settings)
    options = settings.options
    context = ShotContext(lambda: members, job.planes, options)
    with (
        open_source(job.path, allow_damaged=options.render.allow_damaged, film=options.render.film) as source,
        closing(prefetch(_drawings(source, job))) as drawings,
    ):
        found = (list(islice(drawings, len(batch))) for batch in job.batches)
        batches = (Batch(frames, frames, job.shot_start) for frames in found)
        with closing(color_shot(batches, context)) as colored:
            for frame in colored:
                assert frame.chroma is not None
                yield frame.chroma


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


def _drawings(source: Source, job: Job) -> Iterator[Frame]:
    """Yield the first frames of the drawings of a job, with the numbers that they have in the job.

    Reading begins near the first drawing. If the film or its timestamps are damaged, this may yield other
    pictures than reading from the start. The remaining drawings are then read from the start.
    """
    remaining = deque(drawing for batch in job.batches for drawing in batch)
    near = float((remaining[0].pts - source.format.start_pts) * source.format.time_base)
    with suppress(SourceError):
        yield from _found(source.frames(rgb=job.with_color, start=near), remaining)
    if remaining:
        yield from _found(source.frames(rgb=job.with_color, start=job.start), remaining)
    if remaining:
        raise SourceError(
            f"{job.path} is another film than on the machine of the command",
            "Give all machines the same files under the same paths.",
        )


def _found(frames: Iterator[Frame], remaining: deque[DrawingRef]) -> Iterator[Frame]:
    """Yield the frames of drawings, and remove these from the queue, until a frame does not match."""
    for frame in frames:
        drawing = remaining[0]
        if frame.pts < drawing.pts:
            continue
        frame = frame.having(area=drawing.area)
        frame = frame.cropped if drawing.is_cropped else frame
        if drawing.unsteadiness is not None and frame.pts == drawing.pts:
            frame = steady_frame(frame, drawing.unsteadiness)
        if frame.pts > drawing.pts or digest_of(frame) != drawing.digest:
            return
        remaining.popleft()
        yield frame.having(index=drawing.index, drawing=drawing.drawing)
        if not remaining:
            return
