"""Coming changes: how a shot would change if the films were coloured with the present pins.

No network runs, and no frame is read: the votes of the shot are in the cache. They are compared as the memory
answers them now and with the new pins. So the answer is nearly that of `colorize`, and much sooner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.bins import AB_BINS
from cartoonize.coloring.cached_shot import CachedTracks
from cartoonize.tracking.knots import N_KNOTS

if TYPE_CHECKING:
    from cartoonize.coloring.cached_shot import CachedShot
    from cartoonize.frames import Frame
    from cartoonize.tracking.memory import Memory

#: A colour changes if it moves by more than this in ab.
_MOVED = 8.0
#: A shot changes if more than this share of its pixels does.
_MIN_SHARE = 0.002
#: Distance in ab within which bins belong to one colour.
_REACH = 20.0


@dataclass(frozen=True, eq=False)
class ComingChange:
    """How a shot would change."""

    share: float
    """Share of its pixels, over all drawings, 0..1."""
    drawing: int
    """Position of the drawing that shows most of it."""
    colors: Mapping[int, NDArray[np.float32]]
    """New ab (2,) of the tracks that change, as numbered in the part of that drawing."""


def coming_change(tracks: CachedTracks, before: Memory, after: Memory) -> ComingChange | None:
    """Return how a shot would change with another memory; None if it would hardly change.

    Parameters
    ----------
    tracks : CachedTracks
        The cached shot.
    before, after : Memory
        What was remembered when it was coloured, and what would be now.
    """
    found: list[tuple[float, float, int, dict[int, NDArray[np.float32]]]] = []
    first = 0
    for number, prediction in enumerate(tracks.predictions):
        is_stored = tracks.hints and not tracks.edits
        appearance = tracks.recalled[number] if is_stored else prediction.appearance()
        codes, areas = prediction.votes.codes, prediction.votes.areas
        n = len(codes)  # rows after them were added by hints, and belong to no prediction
        old, new = (memory.recall(appearance)[:n] for memory in (before, after))
        rows = np.flatnonzero((old != new).any(1))
        ab0, ab1 = likeliest(old[rows]), likeliest(new[rows])
        moved = np.linalg.norm(ab1 - ab0, axis=1) > _MOVED
        rows, ab1 = rows[moved], ab1[moved]
        of_row = codes[rows] // N_KNOTS
        colors = {
            int(track): np.average(ab1[of_row == track], 0, areas[rows][of_row == track]).astype(np.float32)
            for track in np.unique(of_row)
        }
        weights = np.bincount(of_row, areas[rows], prediction.votes.n_tracks)
        shown = [float(weights[np.unique(one)].sum()) for one in prediction.tracks[: prediction.n_painted]]
        best = int(np.argmax(shown)) if shown else 0
        found.append((float(areas[rows].sum()), float(areas.sum()), first + best, colors))
        first += prediction.n_painted
    changed, total, drawing, colors = max(found, key=lambda one: one[0])
    share = sum(one[0] for one in found) / max(sum(one[1] for one in found), 1.0)
    return ComingChange(share, drawing, colors) if share > _MIN_SHARE and changed and total else None


def likeliest(histograms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the likeliest ab (n, 2) of histograms (n, 313): the mean around the bin with most around it."""
    if not len(histograms):
        return np.empty((0, 2), np.float32)
    squared = ((AB_BINS[:, None] - AB_BINS) ** 2).sum(-1)
    near = (squared <= _REACH**2).astype(np.float32)
    weights = histograms * near[(histograms @ near).argmax(1)]
    return np.asarray(weights @ AB_BINS / np.maximum(weights.sum(1, keepdims=True), 1e-9), np.float32)


def with_coming_colors(
    picture: NDArray[np.uint8], frame: Frame, cached: CachedShot, change: ComingChange
) -> NDArray[np.uint8]:
    """Return a picture of the picture area of a frame with the new colours of its tracks.

    Parameters
    ----------
    picture : uint8 array, shape (height, width, 3)
        The picture area in its present colours, BGR.
    frame : Frame
        The frame.
    cached : CachedShot
        Its shot, with tracks.
    change : ComingChange
        The change, whose drawing the frame shows.
    """
    import cv2

    from cartoonize.color.lab import lab_to_rgb, quantize, rgb_to_lab
    from cartoonize.tracking.parts import parts_of_grey

    assert cached.tracks is not None
    parts, tracks = parts_of_grey(frame.without_grain), _tracks_of(cached.tracks, change.drawing)
    if len(tracks) != len(parts.areas):
        return picture  # it was coloured from a cleaned picture, with other regions
    values = np.full((len(tracks), 2), np.nan, np.float32)
    for track, ab in change.colors.items():
        values[tracks == track] = ab
    size = picture.shape[1::-1]
    regions = cv2.resize(parts.regions, size, interpolation=cv2.INTER_NEAREST)
    lines = cv2.resize(parts.lines.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    new = values[regions]
    is_new = ~np.isnan(new[..., 0]) & ~lines
    lab = rgb_to_lab(np.ascontiguousarray(picture[..., ::-1]))
    lab[is_new, 1:] = new[is_new]
    return np.ascontiguousarray(quantize(lab_to_rgb(lab))[..., ::-1])


def _tracks_of(tracks: CachedTracks, drawing: int) -> NDArray[np.int64]:
    """Return the track of each region of a drawing."""
    for prediction in tracks.predictions:
        if drawing < prediction.n_painted:
            return prediction.tracks[drawing]
        drawing -= prediction.n_painted
    raise ValueError("the shot has fewer drawings")
