"""What a worker does: look around before the work, and then job after job."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from cartoonize import __version__
from cartoonize.cluster.jobs import Job, Order, Wanted, contents_of, digest_of
from cartoonize.coloring.ensemble import EnsembleSpec, accepts
from cartoonize.coloring.pipeline import ShotContext, color_shot
from cartoonize.coloring.scribbled_frames import load_scribbles
from cartoonize.errors import CartoonizeError, ClusterError, SourceError
from cartoonize.filters.predict import Batch, PredictOptions
from cartoonize.filters.render import Planes, RenderOptions
from cartoonize.frames import Frame
from cartoonize.methods.member import Member
from cartoonize.prefetch import prefetch

if TYPE_CHECKING:
    from cartoonize.video.source import Source

#: A job has all cores that a worker may use, and the members are a process's: one job at a time.
_ONE = Lock()


@dataclass(frozen=True)
class Facts:
    """What a worker says of itself."""

    version: str
    host: str
    device: str
    """Best that it has of those that are asked for."""
    bfloat16: bool
    """Whether that device prefers it."""
    missing: tuple[Path, ...]
    """Files that it cannot see."""


@dataclass(frozen=True)
class Refusal:
    """Why a job was not done: an expected failure, as a value, since some exceptions do not travel well."""

    message: str
    hint: str


def version_there() -> str:
    """Return the version of the program where this runs."""
    return __version__


def look_around(device: str, files: Sequence[Path]) -> Facts | Refusal:
    """Say what a worker is and has, and which of the files it cannot see."""
    from cartoonize.devices import pick_device, prefers_bfloat16

    try:
        on = pick_device(device)
    except CartoonizeError as error:
        return _refusal(error)
    missing = tuple(path for path in files if not path.exists())
    return Facts(__version__, socket.gethostname(), on.type, prefers_bfloat16(on), missing)


def color_job(order: Order, job: Job) -> list[Planes] | Refusal:
    """Colour the drawings of a job; return their chroma planes in the same order."""
    try:
        if order.version != __version__:
            raise ClusterError(
                f"cartoonize is {__version__}, not {order.version}", "Install the same version."
            )
        with _ONE:
            return list(_colored(order, job))
    except CartoonizeError as error:
        return _refusal(error)
    except Exception as error:  # a mistake of ours: it may be one that cannot be sent
        logging.getLogger(__name__).exception("a fault that cartoonize does not know")
        what = f"on {socket.gethostname()}, in the shot from frame {job.shot_start} on"
        return Refusal(f"{job.path}, {what}: {type(error).__name__}: {error}", "See the worker's log.")


def _refusal(error: CartoonizeError) -> Refusal:
    return Refusal(f"on {socket.gethostname()}: {error.message}", error.hint)


def _colored(order: Order, job: Job) -> Iterator[Planes]:
    from cartoonize.video import open_source

    members = _members(order)
    options = order.options
    context = ShotContext(lambda: members, job.planes, options)
    with (
        open_source(job.path, allow_damaged=options.render.allow_damaged) as source,
        closing(prefetch(_drawings(source, job))) as drawings,
    ):
        found = (list(islice(drawings, len(wanted))) for wanted in job.batches)
        parts = (Batch(frames, frames, job.shot_start) for frames in found)
        with closing(color_shot(parts, context)) as colored:
            for frame in colored:
                assert frame.chroma is not None
                yield frame.chroma


def _members(order: Order) -> list[Member]:
    """Return the members, which stay loaded from job to job until others are wanted."""
    options = order.options
    return _loaded(order.spec, order.contents, order.scribbled, options.render, options.predict)


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
            raise ClusterError(f"{path} is another file than where you called", "Share the folder.")
    scribbles = None
    if scribbled is not None and spec.annotations.scribbles is not None:
        luminance = next(m.luminance for m in spec.members() if accepts(m.variant, "scribbles"))
        scribbles = load_scribbles(spec.annotations.scribbles, scribbled, render, luminance)
    return spec.load(device=how.device, precision=how.precision, compiled=how.compile, scribbles=scribbles)


def _drawings(source: Source, job: Job) -> Iterator[Frame]:
    """Yield the first frames of the wanted drawings, numbered as they were where the job comes from.

    A film that is entered in the middle may show other pictures than one that was read from its start, if it
    is damaged or its times are: where that is so, it is read from its start.
    """
    left = deque(wanted for batch in job.batches for wanted in batch)
    near = float((left[0].pts - source.format.start_pts) * source.format.time_base)
    with suppress(SourceError):
        yield from _found(source.frames(rgb=job.with_color, start=near), left)
    if left:
        yield from _found(source.frames(rgb=job.with_color, start=job.start), left)
    if left:
        raise SourceError(f"{job.path} is another film than where you called", "Share the folder.")


def _found(frames: Iterator[Frame], left: deque[Wanted]) -> Iterator[Frame]:
    """Yield frames as long as they are what is wanted next; take them off the list."""
    for frame in frames:
        wanted = left[0]
        if frame.pts < wanted.pts:
            continue
        if frame.pts > wanted.pts or digest_of(frame) != wanted.digest:
            return
        left.popleft()
        yield frame.having(index=wanted.index, drawing=wanted.drawing)
        if not left:
            return
