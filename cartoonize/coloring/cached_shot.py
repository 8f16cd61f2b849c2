"""Cached shot: the chroma of a shot and the predictions for its tracks, as a file."""

from __future__ import annotations

import json
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import replacing
from cartoonize.color.bins import N_BINS
from cartoonize.frames import COLOR_SIZE, Area, PlaneFormat
from cartoonize.tracking.confidence import Candidate, DoubtfulRegion, PartConfidence
from cartoonize.tracking.pooling import PooledHints
from cartoonize.tracking.things import Things
from cartoonize.tracking.tracked import PartPrediction
from cartoonize.tracking.votes import Appearance, TrackVotes

Planes = tuple[NDArray[Any], NDArray[Any]]
Arrays = dict[str, NDArray[Any]]

#: Part of the keys of cached shots. Raise it when the format of the files changes.
VERSION = 5
#: zlib level for chroma. Static areas compress well at any level.
_CHROMA_LEVEL = 1
#: zlib level for predictions, which are smaller and compress less.
_PREDICTION_LEVEL = 6

#: Exceptions that reading a damaged file may raise.
_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    EOFError,
    SyntaxError,  # these two: the header of an array
    tokenize.TokenError,
    RuntimeError,  # an archive that seems to be encrypted, or of an unknown kind
    zipfile.BadZipFile,
    zlib.error,
)


class PackedChroma:
    """Chroma planes of successive drawings, each compressed as the difference from the previous one."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: Planes | None = None
        self.shapes: list[tuple[int, ...]] = []
        self.dtype = np.dtype(np.uint8)

    def add(self, planes: Planes) -> None:
        """Add the planes of the next drawing."""
        self.shapes, self.dtype = [plane.shape for plane in planes], planes[0].dtype
        last = self._last or tuple(np.zeros_like(plane) for plane in planes)
        changes = [(plane - before).tobytes() for plane, before in zip(planes, last, strict=True)]
        self._packed.append(zlib.compress(b"".join(changes), _CHROMA_LEVEL))
        self._last = planes

    def __len__(self) -> int:
        return len(self._packed)

    @property
    def n_bytes(self) -> int:
        """Compressed size in bytes."""
        return sum(map(len, self._packed))

    def __iter__(self) -> Iterator[Planes]:
        last = [np.zeros(shape, self.dtype) for shape in self.shapes]
        for packed in self._packed:
            changes = np.frombuffer(zlib.decompress(packed), self.dtype)
            parts = np.split(changes, [last[0].size])
            last = [before + part.reshape(before.shape) for before, part in zip(last, parts, strict=True)]
            yield last[0], last[1]

    def arrays(self) -> Arrays:
        """Return arrays to store in a file."""
        return {
            "chroma": np.frombuffer(b"".join(self._packed), np.uint8),
            "chroma_sizes": np.array([len(packed) for packed in self._packed], np.int64),
            "chroma_shapes": np.array(self.shapes, np.int64),
            "chroma_kind": np.zeros(0, self.dtype),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> PackedChroma:
        """Return the planes from the arrays of a file."""
        chroma = cls()
        ends = np.cumsum(arrays["chroma_sizes"])[:-1]
        chroma._packed = [part.tobytes() for part in np.split(arrays["chroma"], ends)]
        chroma.shapes = [tuple(shape) for shape in arrays["chroma_shapes"].tolist()]
        chroma.dtype = arrays["chroma_kind"].dtype
        return chroma


@dataclass(frozen=True, slots=True, eq=False)
class LookUp:
    """A drawing that was looked up in the album."""

    drawing: NDArray[np.uint8]
    """(256, 256) 0..255."""
    answer: str
    """Fingerprint of the colours that were found; "" if there were none."""


@dataclass(frozen=True, slots=True, eq=False)
class CachedTracks:
    """Record of a shot that was coloured along tracks.

    It has the predictions, from which the shot can be coloured again without networks, and fingerprints of
    the hints, memory and album that were used.
    """

    predictions: Sequence[PartPrediction]
    """Predictions for all parts of the shot."""
    confidence: Sequence[PartConfidence]
    """Confidence of all parts of the shot."""
    hints: str
    """Fingerprint of the hints for its frames; "" without hints."""
    memory: str
    """Fingerprint of the answers of the memory; "" if it had no effect."""
    album: str
    """Fingerprint of the album in which drawings were looked up; "" without an album."""
    look_ups: Sequence[LookUp] = ()
    """Drawings that were looked up in the album."""
    recalled: Sequence[Appearance] = ()
    """What the memory was asked about, for each part. Without hints and edits, it is not kept, because it
    follows from the predictions."""
    edits: str = ""
    """Fingerprint of the user's edits of its tracks; "" without edits."""
    colors: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """Decided colours before the user's changes of paints, from `ColorNotes.colors`."""
    paints: str = ""
    """Fingerprint of the changes of paints that had an effect; "" if none had."""

    @property
    def start(self) -> int:
        """Index of the first frame."""
        return self.confidence[0].start

    @property
    def stop(self) -> int:
        """Index of the frame after the last one."""
        return self.confidence[-1].stop

    def arrays(self) -> Arrays:
        """Return arrays to store in a file."""
        arrays: Arrays = {
            "fingerprints": np.array([self.hints, self.memory, self.album, self.edits, self.paints]),
            "colors": _packed(self.colors),
            "look_ups": _packed(np.array([one.drawing for one in self.look_ups], np.uint8)),
            "answers": np.array([one.answer for one in self.look_ups], np.str_),
            "recall_n": np.array([len(one.lightness) for one in self.recalled], np.int64),
            "recall_light": _joined([one.lightness for one in self.recalled], np.float32),
            "recall_histograms": _packed_rows([r.histograms.astype(np.float16) for r in self.recalled]),
            "recall_descriptors": _packed_rows([r.descriptors for r in self.recalled]),
        }
        arrays["n_parts"] = np.array(len(self.predictions))
        for number, (prediction, confidence) in enumerate(
            zip(self.predictions, self.confidence, strict=True)
        ):
            part = {**_arrays_of_prediction(prediction), **_arrays_of_confidence(confidence)}
            arrays |= {f"{name}{number}": array for name, array in part.items()}
        return arrays

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> CachedTracks:
        """Return the record from the arrays of a file."""
        hints, memory, album, edits, paints = arrays["fingerprints"].tolist()
        predictions, confidence = [], []
        for number in range(int(arrays["n_parts"])):
            suffix = str(number)
            part = {n.removesuffix(suffix): a for n, a in arrays.items() if n.endswith(f"_{suffix}")}
            predictions.append(_prediction_of(part))
            confidence.append(_confidence_of(part))
        if not predictions:
            raise ValueError("a shot without parts")
        look_ups, recalled = _look_ups_of(arrays), _recalled_of(arrays)
        colors = np.frombuffer(zlib.decompress(arrays["colors"].tobytes()), np.int32)
        return cls(predictions, confidence, hints, memory, album, look_ups, recalled, edits, colors, paints)


def _look_ups_of(arrays: Mapping[str, NDArray[Any]]) -> list[LookUp]:
    drawings = np.frombuffer(zlib.decompress(arrays["look_ups"].tobytes()), np.uint8)
    answers = arrays["answers"].tolist()
    drawings = drawings.reshape(len(answers), COLOR_SIZE, COLOR_SIZE)
    return [LookUp(drawing, answer) for drawing, answer in zip(drawings, answers, strict=True)]


def _recalled_of(arrays: Mapping[str, NDArray[Any]]) -> list[Appearance]:
    counts, lightness = arrays["recall_n"], arrays["recall_light"]
    if not len(counts):
        return []
    histograms = _unpacked_rows(arrays["recall_histograms"], len(lightness), N_BINS).astype(np.float32)
    descriptors = _unpacked_rows(arrays["recall_descriptors"], len(lightness))
    ends = np.cumsum(counts)[:-1]
    columns = (np.split(column, ends) for column in (histograms, lightness, descriptors))
    return [Appearance(*part) for part in zip(*columns, strict=True)]


def _arrays_of_prediction(prediction: PartPrediction) -> Arrays:
    votes, found = prediction.votes, prediction.found
    hints = [pooled for pooled in found.values() if pooled is not None]
    return {
        "n_": np.array([prediction.n_frames, prediction.n_painted, votes.n_tracks]),
        "tracks_": _packed(np.concatenate(prediction.tracks).astype(np.int32)),
        "tracks_n_": np.array([len(tracks) for tracks in prediction.tracks]),
        "codes_": votes.codes,
        "histograms_": _packed_rows([votes.histograms]),
        "light_": votes.light,
        "areas_": votes.areas,
        "drawings_": votes.n_drawings,
        "descriptors_": _packed_rows([votes.descriptors]),
        "found_": np.array([(k, -1 if s is None else len(s.areas)) for k, s in found.items()]).reshape(-1, 2),
        "found_regions_": _joined([h.regions for h in hints], np.int64),
        "found_knots_": _joined([h.knots for h in hints], np.int64),
        "found_areas_": _joined([h.areas for h in hints], np.float32),
        "found_means_": _joined([h.means for h in hints], np.float32),
        "found_colors_": _joined([h.colors.ravel() for h in hints], np.float32),
    }


def _prediction_of(part: Mapping[str, NDArray[Any]]) -> PartPrediction:
    n_frames, n_painted, n_tracks = part["n_"].tolist()
    counts = part["tracks_n_"]
    tracks = np.frombuffer(zlib.decompress(part["tracks_"].tobytes()), np.int32).astype(np.int64)
    votes = TrackVotes(
        part["codes_"],
        _unpacked_rows(part["histograms_"], len(part["codes_"]), N_BINS),
        part["light_"],
        part["areas_"],
        part["drawings_"],
        n_tracks,
        _unpacked_rows(part["descriptors_"], len(part["codes_"])),
    )
    found: dict[int, PooledHints | None] = {}
    at = 0
    for k, n in part["found_"].tolist():
        if n < 0:
            found[k] = None
            continue
        end = at + n
        found[k] = PooledHints(
            part["found_regions_"][at:end],
            part["found_knots_"][at:end],
            part["found_areas_"][at:end],
            part["found_means_"][at:end],
            part["found_colors_"].reshape(-1, 2)[at:end],
        )
        at = end
    return PartPrediction(n_frames, n_painted, np.split(tracks, np.cumsum(counts)[:-1]), votes, found)


def _arrays_of_confidence(confidence: PartConfidence) -> Arrays:
    regions = [(r.frame, r.x, r.y, r.area, r.confidence, *(r.box or ())) for r in confidence.regions]
    candidates, things = [(c.index, c.covers) for c in confidence.candidates], confidence.things
    return {
        "range_": np.array([confidence.shot, confidence.start, confidence.stop]),
        "confidence_": np.array([confidence.area, confidence.confident_area]),
        "doubtful_": np.array(regions, np.float64).reshape(-1, 9),
        "candidates_": np.array(candidates, np.float64).reshape(-1, 2),
        "things_": np.stack([things.doubt, things.lightness]),
        "things_descriptors_": _packed_rows([things.descriptors]),
        "things_shown_": things.shown,
    }


def _things_of(part: Mapping[str, NDArray[Any]]) -> Things:
    doubt, lightness = part["things_"]
    descriptors = _unpacked_rows(part["things_descriptors_"], len(doubt))
    return Things(doubt, lightness, descriptors, part["things_shown_"])


def _confidence_of(part: Mapping[str, NDArray[Any]]) -> PartConfidence:
    regions = tuple(
        DoubtfulRegion(int(frame), x, y, area, confidence, box=(left, top, right, bottom))
        for frame, x, y, area, confidence, left, top, right, bottom in part["doubtful_"].tolist()
    )
    candidates = tuple(Candidate(int(index), covers) for index, covers in part["candidates_"].tolist())
    (shot, start, stop), (area, confident) = part["range_"].tolist(), part["confidence_"].tolist()
    return PartConfidence(shot, start, stop, area, confident, regions, candidates, _things_of(part))


def _joined(arrays: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate([*arrays, np.empty(0, kind)]).astype(kind)


def _packed(array: NDArray[Any]) -> NDArray[np.uint8]:
    return np.frombuffer(zlib.compress(array.tobytes(), _PREDICTION_LEVEL), np.uint8)


def _packed_rows(arrays: Sequence[NDArray[np.float16]]) -> NDArray[np.uint8]:
    """Compress histograms or descriptors, each (rows, n) with the same n.

    High and low bytes are separated, and ordered by columns, because they are similar across rows.
    """
    rows = np.concatenate(arrays) if arrays else np.empty((0, 0), np.float16)
    columns = np.ascontiguousarray(rows.T).view(np.uint8).reshape(-1, 2)
    return _packed(np.ascontiguousarray(columns.T))


def _unpacked_rows(
    packed: NDArray[np.uint8], n_rows: int, n_columns: int | None = None
) -> NDArray[np.float16]:
    """Return the rows that `_packed_rows` compressed, (n_rows, n_columns); None: as many as there are."""
    planes = np.frombuffer(zlib.decompress(packed.tobytes()), np.uint8).reshape(2, -1)
    values = np.ascontiguousarray(planes.T).view(np.float16)
    if n_columns is None:
        n_columns = len(values) // max(n_rows, 1)
    return np.ascontiguousarray(values.reshape(n_columns, n_rows).T)


@dataclass(frozen=True, slots=True, eq=False)
class CachedShot:
    """A coloured shot."""

    start: int
    """Index of the first frame."""
    pts: NDArray[np.int64]
    """(frames,) time stamps of its frames, by which one of them can be read alone."""
    n_held: NDArray[np.int64]
    """(drawings,) number of frames that show each drawing."""
    planes: PlaneFormat
    """Size and coding of the chroma planes."""
    chroma: PackedChroma
    """Chroma planes of its drawings."""
    tracks: CachedTracks | None = None
    """Record of its tracks; None if it was not coloured along tracks."""
    area: Area | None = None
    """The part of its frames that shows the picture; None if all of it does."""
    known_cuts: Mapping[int, bool] = field(default_factory=dict)
    """Indices of frames after the first one, up to the end of the shot, of which the user says whether a shot
    begins with them."""
    n_mixed: tuple[int, int] = (0, 0)
    """Number of frames at its start, and at its end, that belong to a transition."""

    @property
    def stop(self) -> int:
        """Index of the frame after the last one."""
        return self.start + len(self.pts)

    def drawing_at(self, index: int) -> int:
        """Return the position of the drawing that a frame shows, from the index of the frame."""
        return int(np.searchsorted(np.cumsum(self.n_held), index - self.start, side="right"))

    def write(self, path: Path) -> None:
        """Write the shot as an archive of NumPy arrays, atomically."""
        arrays = {"start": np.array(self.start), "pts": self.pts, "n_held": self.n_held}
        arrays["planes"] = np.array(json.dumps(asdict(self.planes)))
        arrays["area"] = np.array(json.dumps(asdict(self.area) if self.area else None))
        arrays["n_mixed"] = np.array(self.n_mixed)
        arrays["known_cuts"] = np.array(list(self.known_cuts.items()), np.int64).reshape(-1, 2)
        arrays |= self.chroma.arrays()
        if self.tracks is not None:
            arrays |= self.tracks.arrays()
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

    @classmethod
    def read(cls, path: Path, *, tracked: bool) -> CachedShot | None:
        """Read a file that `write` wrote; return None if it is missing or damaged.

        Parameters
        ----------
        path : Path
            The file.
        tracked : bool
            True if the shot was coloured along tracks.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
            tracks = CachedTracks.of(arrays) if tracked else None
            chroma = PackedChroma.of(arrays)
            planes = PlaneFormat(**json.loads(str(arrays["planes"])))
            area = _area_of(json.loads(str(arrays["area"])))
            times = arrays["pts"], arrays["n_held"]
            cuts = {index: bool(is_cut) for index, is_cut in arrays["known_cuts"].tolist()}
            begins, ends = arrays["n_mixed"].tolist()
            shot = cls(int(arrays["start"]), *times, planes, chroma, tracks, area, cuts, (begins, ends))
            n_painted = sum(part.n_painted for part in tracks.predictions) if tracks else len(shot.chroma)
        except _DAMAGED:
            return None
        is_whole = len(chroma) == len(shot.n_held) == n_painted > 0 and shot.n_held.sum() == len(shot.pts)
        return shot if is_whole else None


def file_name(start: int) -> str:
    """Return the name of the file of a shot, from the index of its first frame."""
    return f"{start:07d}.npz"


def _area_of(fields: Mapping[str, Any] | None) -> Area | None:
    return Area(**{**fields, "radii": tuple(fields["radii"])}) if fields else None
