"""Jobs for workers: shots as paths and frame numbers."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cartoonize.coloring.cached_shot import CachedTracks
from cartoonize.coloring.ensemble import EnsembleSpec
from cartoonize.coloring.films import Film
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.errors import SourceError
from cartoonize.frames import Area, Frame, Mix, PlaneFormat
from cartoonize.unsteadiness import Unsteadiness
from cartoonize.workspace import fingerprint


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
class FrameRef:
    """A frame of a shot, by which a worker finds it in the source."""

    pts: int
    """Presentation time of the frame in the time base of the source."""
    drawing: int
    """Number of the drawing."""
    digest: bytes = b""
    """Hash of its pictures if it is the first frame of a drawing; see `digest_of`."""
    unsteadiness: Unsteadiness | None = None
    """Position and brightness that are taken out of the pictures; None if they are those of the source."""
    mix: Mix | None = None
    """How the film mixes the frame in a transition."""
    picture: int | None = None
    """Position of its pictures among those of the job; None if they are found in the source."""


@dataclass(frozen=True)
class Picture:
    """Pictures that methods see instead of those of the source, as in transitions; compressed."""

    shape: tuple[int, int]
    grey: bytes
    rgb: bytes | None = None

    @classmethod
    def of(cls, frame: Frame) -> Picture:
        """Return the pictures of a frame."""
        height, width = frame.grey.shape
        return cls((height, width), _packed(frame.grey), None if frame.rgb is None else _packed(frame.rgb))

    def on(self, frame: Frame) -> Frame:
        """Return a frame with these pictures."""
        grey = _unpacked(self.grey, self.shape)
        rgb = None if self.rgb is None else _unpacked(self.rgb, (*self.shape, 3))
        return frame.having(grey=grey, rgb=rgb, mixed=frame.grey if frame.mix is not None else None)


def _packed(picture: NDArray[np.uint8]) -> bytes:
    return zlib.compress(np.ascontiguousarray(picture).data, 1)


def _unpacked(packed: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape)


@dataclass(frozen=True)
class Job:
    """A shot to colour."""

    path: Path
    """Path of the source."""
    start: float | None
    """Time in seconds from which the source was read when its frames were numbered; None for its start."""
    with_color: bool
    """True if frames must be read with ``rgb``."""
    plates: str | None
    """Luminance of the background that members need; see `Film.plates`."""
    planes: PlaneFormat
    """Chroma planes that the writer expects."""
    shot: int
    """Number of the shot."""
    shot_start: int
    """Index of its first frame."""
    frames: tuple[FrameRef, ...]
    """Its frames."""
    pictures: tuple[Picture, ...] = ()
    """Pictures of those frames that are not found in the source."""
    area: Area | None = None
    """The part of its frames that shows the picture; None if all of it does."""
    is_cropped: bool = False
    """True if methods see the area alone."""
    before: CachedTracks | None = None
    """Predictions for the shot from an earlier call. With them, no network runs."""


@dataclass(frozen=True)
class NumberedShot:
    """The numbers of the frames of a shot, from the first reading of a film."""

    number: int
    """Number of the shot."""
    start: int
    """Index of its first frame."""
    frames: tuple[FrameRef, ...] = ()
    area: Area | None = None
    job: Job | None = None
    """Job that colours it; None if its cached colours are up to date, or if the film has no frames."""
    is_last: bool = False
    """True if the film ends here."""


#: Takes the index of the first frame of a shot. Returns whether its cached colours are up to date, and what
#: networks predicted for it before, or None.
Cached = Callable[[int], tuple[bool, CachedTracks | None]]


def shots_of(film: Film, cached: Cached) -> Iterator[NumberedShot]:
    """Divide a film into shots, at least one. Pictures are not kept in memory.

    Parameters
    ----------
    film : Film
        The film.
    cached : callable
        Says what is known of a shot.
    """
    last: NumberedShot | None = None
    for _, shot in groupby(film.numbered(backgrounds=False), key=lambda frame: frame.shot):
        if last is not None:
            yield last
        last = _numbered(film, shot, cached, last)
    yield NumberedShot(0, 0, is_last=True) if last is None else replace(last, is_last=True)


def _numbered(film: Film, shot: Iterator[Frame], cached: Cached, before: NumberedShot | None) -> NumberedShot:
    first = next(shot)
    is_current, tracks = cached(first.index)
    held = before.frames[-1].drawing if before is not None else -1
    refs, pictures = _references(chain((first,), shot), held, with_pictures=not is_current)
    job = None
    if not is_current:
        job = Job(
            film.path.absolute(), film.render.start, film.with_color, film.plates, film.writer.plane_format,
            first.shot, first.index, refs, pictures, first.area, first.grey.shape != first.luma.shape, tracks,
        )  # fmt: skip
    return NumberedShot(first.shot, first.index, refs, first.area, job)


def _references(
    shot: Iterable[Frame], held: int, *, with_pictures: bool
) -> tuple[tuple[FrameRef, ...], tuple[Picture, ...]]:
    """Return the frames of a shot, and those of their pictures that a worker cannot get from the source.

    Parameters
    ----------
    shot : iterable of Frame
        The frames.
    held : int
        Number of the drawing before the shot.
    with_pictures : bool
        False if no worker will look for them.
    """
    refs: list[FrameRef] = []
    pictures: list[Picture] = []
    drawing, last = -1, b""
    for frame in shot:
        is_first, drawing = frame.drawing != drawing, frame.drawing
        # The steady picture of a drawing is that of its first frame, which may be in the shot before.
        is_sent = frame.mix is not None or (frame.unsteadiness is not None and drawing == held)
        digest = digest_of(frame) if with_pictures and (is_first or is_sent) else b""
        picture = None
        if with_pictures and is_sent:
            if digest != last:
                last = digest
                pictures.append(Picture.of(frame))
            picture = len(pictures) - 1
        refs.append(FrameRef(frame.pts, drawing, digest, frame.unsteadiness, frame.mix, picture))
    return tuple(refs), tuple(pictures)


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
