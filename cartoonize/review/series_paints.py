"""Series paints: the paints of the coloured episodes, grouped by where they are seen together."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.palettes import Paint, flat_colors, frequent_paints, near_paint
from cartoonize.errors import CartoonizeError, SourceError
from cartoonize.frames import area_average
from cartoonize.workspace import Workspace

#: Largest number of pictures that are read, and of paints.
_MAX_PICTURES, _MAX_PAINTS = 60, 64
#: A picture has a paint if at least this share of its flat pixels does.
_MIN_SHARE = 0.002
#: Paints are one group if the Jaccard distance between the sets of their pictures is below this, on average.
_MAX_APART = 0.6
#: Width of the picture that shows where a paint is, and how dark the rest of it is, 0..1.
_WIDTH, _DIM = 240, 0.35


@dataclass(frozen=True)
class SeriesPaints:
    """The paints of the coloured episodes."""

    paints: tuple[Paint, ...] = ()
    """The most frequent first."""
    groups: tuple[int, ...] = ()
    """For each paint: number of its group, from 0. The group with the most paint is the first."""
    pictures: tuple[Path, ...] = ()
    """For each paint: the picture that has most of it."""


def series_paints(workspace: Workspace) -> SeriesPaints:
    """Return the paints of the training episodes of a workspace; none if nothing was learned there."""
    try:
        paths = workspace.some_pictures(workspace.training_episodes(workspace.load()), _MAX_PICTURES)
    except CartoonizeError:
        return SeriesPaints()
    return _paints_of(tuple(paths))


@lru_cache(maxsize=4)
def _paints_of(paths: tuple[Path, ...]) -> SeriesPaints:
    from cartoonize.video.images import read_picture

    colors, read = [], []
    for path in paths:
        with suppress(SourceError):
            colors.append(flat_colors(area_average(read_picture(path))))
            read.append(path)
    paints = frequent_paints(colors, _MAX_PAINTS)
    if not paints:
        return SeriesPaints()
    shares = np.stack([_shares(lab, counts, paints) for lab, counts in colors])
    best = shares.argmax(0).tolist()
    return SeriesPaints(tuple(paints), _groups(shares, paints), tuple(read[k] for k in best))


def _shares(lab: NDArray[Any], counts: NDArray[Any], paints: list[Paint]) -> NDArray[np.float64]:
    """Return the shares (paints,) of the flat pixels of a picture that have each paint."""
    total = max(float(counts.sum()), 1.0)
    return np.array([counts[near_paint(lab, paint.color)].sum() / total for paint in paints])


def _groups(shares: NDArray[np.float64], paints: list[Paint]) -> tuple[int, ...]:
    """Return the group of each paint, from the shares (pictures, paints)."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    if len(paints) < 2:
        return (0,) * len(paints)
    is_seen = (shares >= _MIN_SHARE).T
    labels = fcluster(linkage(pdist(is_seen, "jaccard"), "average"), _MAX_APART, "distance")
    sums = {
        label: sum(p.share for p, one in zip(paints, labels, strict=True) if one == label) for label in labels
    }
    order = sorted(sums, key=lambda label: -sums[label])
    return tuple(order.index(label) for label in labels)


def where_it_is(path: Path, color: str) -> NDArray[np.uint8]:
    """Return a picture in which only one paint has its colour; the rest is dark and grey.

    Returns
    -------
    uint8 array, shape (height, 240, 3)
        BGR.
    """
    import cv2

    from cartoonize.color.lab import rgb_to_lab
    from cartoonize.video.images import read_picture

    rgb = read_picture(path)
    height = max(round(rgb.shape[0] * _WIDTH / rgb.shape[1]), 1)
    small = cv2.resize(rgb, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    has_paint = near_paint(rgb_to_lab(small).reshape(-1, 3), color).reshape(height, _WIDTH)
    grey = (small.mean(-1, keepdims=True) * _DIM).astype(np.uint8).repeat(3, 2)
    return np.ascontiguousarray(np.where(has_paint[..., None], small, grey)[..., ::-1])


def tag_of(path: Path, color: str) -> str:
    """Return a text that changes when `where_it_is` would."""
    state = path.stat()
    text = f"{path.name} {state.st_mtime_ns} {state.st_size} {color}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
