"""Kept shots: what a shot was coloured like, and all that this depended on, as a file."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import replacing
from cartoonize.tracking.tracked import TrackedDrawing, TrackedShot

if TYPE_CHECKING:
    from cartoonize.tracking.carry import ColorHints

Planes = tuple[NDArray[Any], NDArray[Any]]
Recall = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]

#: What a memory was asked: histograms (n, 313) of things of CIE L (n,).
Question = tuple[NDArray[np.float32], NDArray[np.float32]]

#: Of zlib: what does not move compresses well at any.
_LEVEL = 1


class Pictures:
    """The chroma planes of successive drawings, compressed one by one, each as what differs from the last."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: Planes | None = None
        self.shapes: list[tuple[int, ...]] = []
        self.dtype = np.dtype(np.uint8)

    def add(self, planes: Planes) -> None:
        """Take the next drawing's."""
        self.shapes, self.dtype = [plane.shape for plane in planes], planes[0].dtype
        last = self._last or tuple(np.zeros_like(plane) for plane in planes)
        changes = [(plane - before).tobytes() for plane, before in zip(planes, last, strict=True)]
        self._packed.append(zlib.compress(b"".join(changes), _LEVEL))
        self._last = planes

    def __len__(self) -> int:
        return len(self._packed)

    @property
    def n_bytes(self) -> int:
        """How much memory they take."""
        return sum(map(len, self._packed))

    def __iter__(self) -> Iterator[Planes]:
        last = [np.zeros(shape, self.dtype) for shape in self.shapes]
        for packed in self._packed:
            changes = np.frombuffer(zlib.decompress(packed), self.dtype)
            parts = np.split(changes, [last[0].size])
            last = [before + part.reshape(before.shape) for before, part in zip(last, parts, strict=True)]
            yield last[0], last[1]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what a file needs."""
        return {
            "packed": np.frombuffer(b"".join(self._packed), np.uint8),
            "packed_sizes": np.array([len(packed) for packed in self._packed], np.int64),
            "shapes": np.array(self.shapes, np.int64),
            "kind": np.zeros(0, self.dtype),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Pictures:
        """Return what `arrays` was of."""
        pictures = cls()
        ends = np.cumsum(arrays["packed_sizes"])[:-1]
        pictures._packed = [part.tobytes() for part in np.split(arrays["packed"], ends)]
        pictures.shapes = [tuple(shape) for shape in arrays["shapes"].tolist()]
        pictures.dtype = arrays["kind"].dtype
        return pictures


@dataclass(frozen=True, slots=True, eq=False)
class CachedTracks:
    """What was told of a shot that was coloured along tracks, and all that its colours depended on."""

    parts: list[TrackedShot]
    """What was told of it."""
    given: str
    """Fingerprint of the colours that were known of its frames."""
    questions: list[Question]
    """What the memory was asked."""
    answers: str
    """Fingerprint of what it said."""

    def still_hold(self, given: Mapping[int, ColorHints], recall: Recall) -> bool:
        """Tell whether it would be coloured just so again, with what is known now of the film's frames."""
        start, stop = self.parts[0].start, self.parts[-1].stop
        if self.given != fingerprint_of_hints(given, start, stop):
            return False
        return self.answers == fingerprint_of_arrays(*(recall(*question) for question in self.questions))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what a file needs."""
        drawings = [drawing for part in self.parts for drawing in part.drawings]
        return {
            "fingerprints": np.array([self.given, self.answers]),
            "shot": np.array(self.parts[0].number),
            "drawings_of_parts": np.array([len(part.drawings) for part in self.parts]),
            "frames": np.array([(d.index, d.n_frames, len(d.tracks)) for d in drawings]).reshape(-1, 3),
            "tracks": np.concatenate([d.tracks for d in drawings]),
            "areas": np.concatenate([d.areas for d in drawings]),
            "confidence": np.concatenate([d.confidence for d in drawings]),
            "places": np.concatenate([d.places for d in drawings]),
            "asked": np.array([len(lightness) for _, lightness in self.questions]),
            "histograms": np.concatenate([histograms for histograms, _ in self.questions]).astype(np.float16),
            "lightness": np.concatenate([lightness for _, lightness in self.questions]),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> CachedTracks:
        """Return what `arrays` was of."""
        frames = arrays["frames"]
        ends = np.cumsum(frames[:, 2])[:-1]
        kinds = ("tracks", "areas", "confidence", "places")
        per_drawing = zip(*(np.split(arrays[kind], ends) for kind in kinds), strict=True)
        drawings = [
            TrackedDrawing(int(index), int(n_frames), *told)
            for (index, n_frames, _), told in zip(frames, per_drawing, strict=True)
        ]
        number, parts, first = int(arrays["shot"]), [], 0
        for n in arrays["drawings_of_parts"].tolist():
            parts.append(TrackedShot(number, drawings[first : first + n]))
            first += n
        asked = np.cumsum(arrays["asked"])[:-1]
        histograms = np.split(arrays["histograms"].astype(np.float32), asked)
        questions = list(zip(histograms, np.split(arrays["lightness"], asked), strict=True))
        given, answers = arrays["fingerprints"].tolist()
        if not parts:
            raise ValueError("tracks of nothing")
        return cls(parts, given, questions, answers)


@dataclass(frozen=True, slots=True, eq=False)
class CachedShot:
    """A shot as it was coloured."""

    start: int
    """Index of its first frame."""
    pictures: Pictures
    """Of its drawings."""
    tracks: CachedTracks | None = None
    """None if it was not coloured along tracks."""

    def write(self, path: Path) -> None:
        """Write it as an archive of arrays, atomically."""
        arrays = {"start": np.array(self.start), **self.pictures.arrays()}
        if self.tracks is not None:
            arrays |= self.tracks.arrays()
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

    @classmethod
    def read(cls, path: Path, *, tracked: bool) -> CachedShot | None:
        """Read what `write` wrote; None if it is not there, or damaged: then it is coloured again."""
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
            tracks = CachedTracks.of(arrays) if tracked else None
            shot = cls(int(arrays["start"]), Pictures.of(arrays), tracks)
        except (
            OSError,
            ValueError,
            KeyError,
            IndexError,
            TypeError,
            EOFError,
            zipfile.BadZipFile,
            zlib.error,
        ):
            return None
        n_told = sum(len(part.drawings) for part in tracks.parts) if tracks else len(shot.pictures)
        return shot if len(shot.pictures) == n_told > 0 else None


def fingerprint_of_hints(given: Mapping[int, ColorHints], start: int, stop: int) -> str:
    """Return a fingerprint of what is known of the frames ``[start, stop)``."""
    arrays = [
        array
        for index in sorted(given)
        if start <= index < stop
        for array in (np.array(index), given[index].ab, given[index].sure)
    ]
    return fingerprint_of_arrays(*arrays)


def fingerprint_of_arrays(*arrays: NDArray[Any]) -> str:
    """Return the SHA-256 of arrays' shapes and values."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
