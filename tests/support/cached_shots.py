"""Cached shots with random content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from cartoonize.coloring.cached_shot import CachedShot, CachedTracks, LookUp, PackedChroma
from cartoonize.frames import Area, PlaneFormat
from cartoonize.tracking.confidence import Candidate, DoubtfulRegion, PartConfidence
from cartoonize.tracking.pooling import PooledHints
from cartoonize.tracking.things import Things
from cartoonize.tracking.tracked import PartPrediction
from cartoonize.tracking.votes import Appearance, TrackVotes

#: The format of the planes of `cached_shot`.
PLANES = PlaneFormat(12, 16, 6, 8, 10, full_range=False, matrix="bt709")
#: The area of its frames.
AREA = Area(1, 11, 0, 16, (2, 3))


def part_of(
    start: int, n_tracks: int, found: Mapping[int, PooledHints | None], rng: np.random.Generator
) -> tuple[PartPrediction, PartConfidence]:
    """Return a prediction for two drawings with ``n_tracks`` regions each, and its confidence."""
    n_rows = 2 * n_tracks
    votes = TrackVotes(
        np.arange(n_rows) * 11 + 3,
        rng.random((n_rows, 313)).astype(np.float16),
        rng.random(n_rows, np.float32),
        rng.random(n_rows, np.float32) + 1,
        np.full(n_rows, 2, np.float32),
        n_rows,
        rng.random((n_rows, 5)).astype(np.float16),
    )
    tracks = [np.arange(n_tracks), np.arange(n_tracks) + n_tracks]
    regions = (
        DoubtfulRegion(start, 0.25, 0.5, 40.0, 0.75, box=(0.125, 0.25, 0.5, 0.75)),
        DoubtfulRegion(start + 1, 0.1, 0.2, 3.0, 0.1, box=(0.0, 0.0, 0.25, 0.5)),
    )
    candidates = (Candidate(start + 1, 700.0), Candidate(start, 100.0))
    things = Things.of(rng.random(n_rows), rng.random((2, n_rows)) < 0.5, votes)
    prediction = PartPrediction(3, 2, tracks, votes, found)
    return prediction, PartConfidence(4, start, start + 3, 1000.0, 812.5, regions, candidates, things)


def cached_shot() -> tuple[list[tuple[np.ndarray, np.ndarray]], CachedShot]:
    """Return the chroma planes of four drawings, and a cached shot of two parts with them."""
    rng = np.random.default_rng(0)
    chroma = PackedChroma()
    drawn = [[rng.integers(0, 1024, (6, 8), np.uint16) for _ in range(2)] for _ in range(4)]
    planes = [(cb, cr) for cb, cr in drawn]
    for pair in planes:
        chroma.add(pair)
    shares = PooledHints(
        np.array([0, 1]),
        np.array([3, 4]),
        rng.random(2, np.float32),
        rng.random(2, np.float32),
        rng.random((2, 2), np.float32),
    )
    parts = part_of(7, 3, {0: shares, 1: None}, rng), part_of(10, 2, {}, rng)
    predictions, confidence = [part[0] for part in parts], [part[1] for part in parts]
    look_ups = [LookUp(rng.integers(0, 256, (256, 256), np.uint8), answer) for answer in ("", "found")]
    recalled = [
        Appearance(
            rng.random((n, 313)).astype(np.float16).astype(np.float32),
            rng.random(n, np.float32),
            rng.random((n, 5)).astype(np.float16),
        )
        for n in (3, 2)
    ]
    tracks = CachedTracks(predictions, confidence, "hints", "memory", "album", look_ups, recalled)
    return planes, CachedShot(7, 40 * np.arange(6), np.array([1, 2, 1, 2]), PLANES, chroma, tracks, AREA)


def equal(one: Any, other: Any) -> bool:
    """Return whether two records, or lists of them, have the same values and types of arrays."""
    if isinstance(one, np.ndarray):
        return bool(one.dtype == other.dtype) and np.array_equal(one, other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[key], other[key]) for key in one)
    if is_dataclass(one):
        return type(one) is type(other) and all(
            equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(one)
        )
    return bool(one == other)
