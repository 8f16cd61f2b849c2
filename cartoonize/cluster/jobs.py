"""Jobs for workers: shots, or parts of long shots, as paths and frame numbers, without pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cartoonize.coloring.ensemble import EnsembleSpec
from cartoonize.coloring.films import Film
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.errors import SourceError
from cartoonize.filters.predict import Batch, batches
from cartoonize.frames import Area, Frame, PlaneFormat
from cartoonize.unsteadiness import Unsteadiness
from cartoonize.workspace import fingerprint

#: Largest number of batches in a job. They take a few seconds on a CPU, and limit the size of the result.
N_BATCHES = 8


@dataclass(frozen=True)
class JobSettings:
    """Settings that all jobs of one call share."""

    version: str
    """Version of the program."""
    spec: EnsembleSpec
    """Members that colour."""
    contents: tuple[tuple[Path, str], ...]
    """Files that the members are loaded from, and hashes of their content."""
    options: ColorizeOptions
    """Options, with a device and precision that all workers support."""
    scribbled: Path | None = None
    """Source that scribbles were painted on; None without scribbles."""


@dataclass(frozen=True, slots=True)
class DrawingRef:
    """The first frame of a drawing, by which a worker finds the drawing in the source."""

    index: int
    """Index of the frame."""
    drawing: int
    """Number of the drawing."""
    pts: int
    """Presentation time of the frame in the time base of the source."""
    digest: bytes
    """Hash of its pictures; see `digest_of`."""
    area: Area | None = None
    """The part of the frame that shows the picture; None if all of it does."""
    is_cropped: bool = False
    """True if the pictures are those of the area alone."""
    unsteadiness: Unsteadiness | None = None
    """Position and brightness that are taken out of the pictures; None if they are those of the source."""


@dataclass(frozen=True)
class Job:
    """Drawings of one shot to colour, grouped in batches for the networks."""

    path: Path
    """Path of the source."""
    start: float | None
    """Time in seconds from which the source was read when its frames were numbered; None for its start."""
    with_color: bool
    """True if frames must be read with ``rgb``."""
    planes: PlaneFormat
    """Chroma planes that the writer expects."""
    shot_start: int
    """Index of the first frame of the shot."""
    batches: tuple[tuple[DrawingRef, ...], ...]
    """Drawings of each batch."""


@dataclass(frozen=True)
class Piece:
    """Numbers of successive frames of one shot. They are written when their job is done."""

    shot_start: int
    """Index of the first frame of the shot."""
    numbers: list[tuple[int, int, int, Unsteadiness | None]]
    """``pts``, ``drawing``, ``shot`` and ``unsteadiness`` of each frame."""
    batches: list[tuple[DrawingRef, ...]]
    """New drawings of each batch. Empty if all frames hold an earlier drawing, or the shot is cached."""
    is_cached: bool = False
    """True if the shot is in the cache."""
    is_last: bool = False
    """True if the film ends here."""

    @property
    def drawings(self) -> list[int]:
        """Numbers of the new drawings."""
        return [drawing.drawing for batch in self.batches for drawing in batch]

    def job(self, film: Film) -> Job:
        """Return the job that colours the new drawings of the piece."""
        path, planes = film.path.absolute(), film.writer.plane_format
        return Job(path, film.render.start, film.with_color, planes, self.shot_start, tuple(self.batches))


def pieces_of(
    frames: Iterable[Frame], *, batch_size: int, is_cached: Callable[[int], bool]
) -> Iterator[Piece]:
    """Divide a film into pieces, at least one. At most one batch of frames is in memory.

    The batches are those of `predict_frames`. A shot with more than `N_BATCHES` is divided between batches.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers.
    batch_size : int
        Largest number of new drawings in a batch.
    is_cached : callable
        Takes the index of the first frame of a shot, and returns whether the shot is in the cache.
    """
    parts: list[Piece] = []
    cached = False
    for batch in batches(frames, size=batch_size):
        if not parts or batch.shot_start != parts[0].shot_start:
            begins = batch.frames[0].index == batch.shot_start
            cached = is_cached(batch.shot_start) if begins else cached
        if parts and (batch.shot_start != parts[0].shot_start or len(parts) == N_BATCHES):
            yield _joined(parts)
            parts = []
        parts.append(_piece(batch, cached))
    yield _joined(parts, is_last=True)


def _piece(batch: Batch, cached: bool) -> Piece:
    numbers = [(frame.pts, frame.drawing, frame.shot, frame.unsteadiness) for frame in batch.frames]
    new = () if cached else tuple(_reference(f) for f in batch.new)
    return Piece(batch.shot_start, numbers, [new] if new else [], cached)


def _reference(frame: Frame) -> DrawingRef:
    is_cropped = frame.grey.shape != frame.luma.shape
    return DrawingRef(
        frame.index,
        frame.drawing,
        frame.pts,
        digest_of(frame),
        frame.area,
        is_cropped=is_cropped,
        unsteadiness=frame.unsteadiness,
    )


def _joined(parts: list[Piece], *, is_last: bool = False) -> Piece:
    return Piece(
        parts[0].shot_start if parts else 0,
        [numbers for part in parts for numbers in part.numbers],
        [batch for part in parts for batch in part.batches],
        parts[0].is_cached if parts else False,
        is_last,
    )


def digest_of(frame: Frame) -> bytes:
    """Return a hash of the pictures of a frame that its colours depend on: ``grey`` and ``rgb``."""
    digest = hashlib.blake2b(np.ascontiguousarray(frame.grey).data, digest_size=16)
    if frame.rgb is not None:
        digest.update(np.ascontiguousarray(frame.rgb).data)
    return digest.digest()


def contents_of(spec: EnsembleSpec) -> tuple[tuple[Path, str], ...]:
    """Return the files that the members are loaded from, with hashes of their content.

    Raises
    ------
    CartoonizeError
        If a file cannot be read.
    """
    from cartoonize.methods.checkpoint import read_header

    for path in spec.annotations.files:
        if not path.exists():
            raise SourceError(f"{path} does not exist", "A chosen method requires it. Check the path.")
    return (
        *((path, str(read_header(path)["sha256"])) for path in spec.files),
        *((path, fingerprint(path)) for path in spec.annotations.files),
    )
