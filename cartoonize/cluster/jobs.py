"""Jobs for workers: a shot, or a part of a long one, by paths and frame numbers, without any picture."""

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
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.workspace import fingerprint

#: At most this many batches are one job: a few seconds for a CPU, and a bound for what it returns.
N_BATCHES = 8


@dataclass(frozen=True)
class Order:
    """What all jobs of one call share."""

    version: str
    """Version of the program."""
    spec: EnsembleSpec
    contents: tuple[tuple[Path, str], ...]
    """Files that members are made from, and hashes of their content."""
    options: ColorizeOptions
    """With a device and a precision that all workers have."""
    scribbled: Path | None = None
    """Source that scribbles were painted on; None without scribbles."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The first frame of a drawing, as it is found again in the source."""

    index: int
    drawing: int
    pts: int
    digest: bytes


@dataclass(frozen=True)
class Job:
    """Drawings of one shot, in the batches in which they go through the networks together."""

    path: Path
    start: float | None
    """Seconds from which on the source was read when its frames were numbered."""
    with_color: bool
    planes: PlaneFormat
    """Chroma planes that the writer takes."""
    shot_start: int
    """Index of the first frame of the shot."""
    batches: tuple[tuple[Wanted, ...], ...]


@dataclass(frozen=True)
class Piece:
    """Successive frames of one shot, by their numbers: what is written when a job is done."""

    shot_start: int
    numbers: list[tuple[int, int, int]]
    """``pts``, ``drawing`` and ``shot`` of every frame."""
    batches: list[tuple[Wanted, ...]]
    """The new drawings. Empty if all frames hold the drawing before them, or the shot is cached."""
    is_cached: bool = False
    """True if the shot is in the cache."""
    is_last: bool = False
    """True if the film ends here."""

    @property
    def drawings(self) -> list[int]:
        """Numbers of the new drawings."""
        return [wanted.drawing for batch in self.batches for wanted in batch]

    def job(self, film: Film) -> Job:
        """Return what a worker has to do."""
        path, planes = film.path.absolute(), film.writer.plane_format
        return Job(path, film.render.start, film.with_color, planes, self.shot_start, tuple(self.batches))


def pieces_of(
    frames: Iterable[Frame], *, batch_size: int, is_cached: Callable[[int, int], bool]
) -> Iterator[Piece]:
    """Part a film into at least one piece; only a batch of frames is held.

    The batches are those of `predict_frames`; a shot of more than `N_BATCHES` is parted between them.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers.
    batch_size : int
        New drawings of a batch, at most.
    is_cached : callable
        Takes the number of a shot and the index of its first frame; returns whether it is in the cache.
    """
    parts: list[Piece] = []
    cached = False
    for batch in batches(frames, size=batch_size):
        if not parts or batch.shot_start != parts[0].shot_start:
            begins = batch.frames[0].index == batch.shot_start
            cached = is_cached(batch.frames[0].shot, batch.shot_start) if begins else cached
        if parts and (batch.shot_start != parts[0].shot_start or len(parts) == N_BATCHES):
            yield _joined(parts)
            parts = []
        parts.append(_piece(batch, cached))
    yield _joined(parts, is_last=True)


def _piece(batch: Batch, cached: bool) -> Piece:
    numbers = [(frame.pts, frame.drawing, frame.shot) for frame in batch.frames]
    wanted = () if cached else tuple(Wanted(f.index, f.drawing, f.pts, digest_of(f)) for f in batch.new)
    return Piece(batch.shot_start, numbers, [wanted] if wanted else [], cached)


def _joined(parts: list[Piece], *, is_last: bool = False) -> Piece:
    return Piece(
        parts[0].shot_start if parts else 0,
        [numbers for part in parts for numbers in part.numbers],
        [batch for part in parts for batch in part.batches],
        parts[0].is_cached if parts else False,
        is_last,
    )


def digest_of(frame: Frame) -> bytes:
    """Return a hash of everything that the colours of a frame depend on."""
    digest = hashlib.blake2b(np.ascontiguousarray(frame.grey).data, digest_size=16)
    if frame.rgb is not None:
        digest.update(np.ascontiguousarray(frame.rgb).data)
    return digest.digest()


def contents_of(spec: EnsembleSpec) -> tuple[tuple[Path, str], ...]:
    """Return the files that members are made from, with hashes of their content.

    Raises
    ------
    CartoonizeError
        If a file cannot be read.
    """
    from cartoonize.methods.checkpoint import read_header

    for path in spec.annotations.files:
        if not path.exists():
            raise SourceError(f"{path} does not exist", "A method needs it.")
    return (
        *((path, str(read_header(path)["sha256"])) for path in spec.files),
        *((path, fingerprint(path)) for path in spec.annotations.files),
    )
