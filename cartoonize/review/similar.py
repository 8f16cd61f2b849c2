"""Similar things: regions of coloured pictures that look like a region of a grey drawing, with their colours.

They are compared by their grey picture alone: what is around them, their shape, lightness and size. It needs
no network, so that the answer also says what the networks have not learned. The weights were chosen on a
validation episode, where one of the first five had the right colour for 82% of the regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.tracking.parts import Parts, values_by_region

#: Side of the pictures of a region and its surroundings, and of its shape, in pixels.
_LOOK, _SHAPE = 16, 12
#: Side of the surroundings, relative to the larger side of the region, and the smallest side in pixels.
_AROUND, _MIN_SIDE = 1.6, 20
#: Smaller regions are left out, in pixels of the 256x256 grid.
_MIN_AREA = 24
#: Weights of the differences: of the picture, of the shape, of CIE L 0..1, of the logarithm of the area.
_WEIGHTS = (1.0, 1.2, 3.0, 0.15)
_NAMES = ("pictures", "shapes", "lightness", "areas")
#: Two things have the same colour if they are nearer than this, in ab.
_SAME = 12.0


@dataclass(frozen=True, eq=False)
class Looks:
    """How regions look."""

    pictures: NDArray[np.float32]
    """(n, 256) CIE L 0..1 of each region with its surroundings."""
    shapes: NDArray[np.float32]
    """(n, 144) share of each pixel that belongs to it."""
    lightness: NDArray[np.float32]
    """(n,) mean CIE L, 0..1."""
    areas: NDArray[np.float32]
    """(n,) natural logarithm of the pixels."""

    @classmethod
    def of(cls, parts: Parts, regions: Iterable[int]) -> Looks:
        """Return how some regions of a drawing look."""
        boxes, light = parts.boxes, (parts.lightness / 100).astype(np.float32)
        chosen = list(regions)
        pictures = np.zeros((len(chosen), _LOOK**2), np.float32)
        shapes = np.zeros((len(chosen), _SHAPE**2), np.float32)
        for row, region in enumerate(chosen):
            rows, columns = _square(boxes[region], light.shape)
            look, mask = (
                light[rows][:, columns],
                (parts.regions[rows][:, columns] == region).astype(np.float32),
            )
            pictures[row] = cv2.resize(look, (_LOOK, _LOOK), interpolation=cv2.INTER_AREA).ravel()
            shapes[row] = cv2.resize(mask, (_SHAPE, _SHAPE), interpolation=cv2.INTER_AREA).ravel()
        return cls(
            pictures,
            shapes,
            (parts.means[chosen] / 100).astype(np.float32),
            np.log(np.maximum(parts.areas[chosen], 1)).astype(np.float32),
        )

    def distances(self, other: Looks) -> NDArray[np.float32]:
        """Return how different each region is from another one, the only one of ``other``, (n,)."""
        of_picture, of_shape, of_light, of_area = _WEIGHTS
        return np.asarray(
            of_picture * np.linalg.norm(self.pictures - other.pictures, axis=1) / _LOOK
            + of_shape * np.linalg.norm(self.shapes - other.shapes, axis=1) / _SHAPE
            + of_light * np.abs(self.lightness - other.lightness)
            + of_area * np.abs(self.areas - other.areas),
            np.float32,
        )

    @classmethod
    def joined(cls, looks: list[Looks]) -> Looks:
        """Return the regions of all of some."""
        return cls(*(np.concatenate([getattr(one, name) for one in looks]) for name in _NAMES))


@dataclass(frozen=True, eq=False)
class ColoredRegion:
    """A region of a coloured picture."""

    picture: int
    """Number of the picture."""
    box: tuple[int, int, int, int]
    """Left, top, right and bottom, in pixels of the 256x256 grid."""
    ab: NDArray[np.float32]
    """(2,) median CIELAB a and b."""


class RegionIndex:
    """Regions of coloured pictures, by how they look.

    Parameters
    ----------
    pictures : iterable of (int, Parts, float32 array, bool array)
        For each picture: its number, its regions, its ab (256, 256, 2), and where it has a known colour
        (256, 256).
    """

    def __init__(self, pictures: Iterable[tuple[int, Parts, NDArray[np.float32], NDArray[np.bool_]]]) -> None:
        looks, self._regions = [], list[ColoredRegion]()
        for number, parts, ab, is_known in pictures:
            chosen = []
            for region, median in _colors(parts, ab, is_known):
                left, top, right, bottom = parts.boxes[region].tolist()
                self._regions.append(ColoredRegion(number, (left, top, right, bottom), median))
                chosen.append(region)
            if chosen:
                looks.append(Looks.of(parts, chosen))
        self._looks = Looks.joined(looks) if looks else None

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return arrays to store in a file."""
        looks = self._looks or Looks(*(np.zeros((0, n), np.float32) for n in (_LOOK**2, _SHAPE**2, 1, 1)))
        return {
            **{name: getattr(looks, name) for name in _NAMES},
            "numbers": np.array([one.picture for one in self._regions], np.int32),
            "boxes": np.array([one.box for one in self._regions], np.int32).reshape(-1, 4),
            "ab": np.array([one.ab for one in self._regions], np.float32).reshape(-1, 2),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> RegionIndex:
        """Return the index from the arrays of a file."""
        index = cls(())
        rows = zip(arrays["numbers"].tolist(), arrays["boxes"].tolist(), arrays["ab"], strict=True)
        index._regions = [ColoredRegion(number, tuple(box), ab) for number, box, ab in rows]
        if index._regions:
            index._looks = Looks(*(arrays[name] for name in _NAMES))
        return index

    def __len__(self) -> int:
        return len(self._regions)

    def similar(self, parts: Parts, region: int, n: int) -> list[tuple[int, ColoredRegion]]:
        """Return the most similar regions with different colours, and their numbers, the best first."""
        if self._looks is None:
            return []
        found: list[tuple[int, ColoredRegion]] = []
        for k in np.argsort(self._looks.distances(Looks.of(parts, [region])), kind="stable").tolist():
            one = self._regions[k]
            if all(np.linalg.norm(one.ab - other.ab) >= _SAME for _, other in found):
                found.append((k, one))
            if len(found) == n:
                break
        return found

    def __getitem__(self, number: int) -> ColoredRegion:
        return self._regions[number]


def _colors(
    parts: Parts, ab: NDArray[np.float32], is_known: NDArray[np.bool_]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield the regions with a known colour, and their median ab (2,)."""
    for region, of_region in values_by_region(ab, parts.regions, is_known & ~parts.lines):
        if len(of_region) >= max(_MIN_AREA, 0.5 * parts.areas[region]):
            yield region, np.median(of_region, axis=0)


def _square(box: NDArray[np.int64], shape: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and columns of a square around a box. Beyond the border, the last ones are repeated."""
    left, top, right, bottom = box.tolist()
    side = max(round(_AROUND * max(right - left, bottom - top)), _MIN_SIDE)
    y, x = (top + bottom - side) // 2, (left + right - side) // 2
    rows = np.clip(np.arange(y, y + side), 0, shape[0] - 1)
    return rows, np.clip(np.arange(x, x + side), 0, shape[1] - 1)
