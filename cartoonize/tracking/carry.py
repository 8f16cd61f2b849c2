"""Carried hints: known colours that follow their pixels to the other drawings of a shot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.optical_flow import Paths
from cartoonize.tracking.parts import Parts
from cartoonize.tracking.patches import without_patches
from cartoonize.tracking.tracks import faded

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 4

#: Largest change of the CIE L of a pixel from one drawing to the next.
_MAX_CHANGE = 6.0
#: The confidence is multiplied by this for each drawing that a colour is carried to.
_PER_DRAWING = 0.998
#: Largest distance, in pixels, that a colour spreads over newly visible parts of its region. The confidence
#: is multiplied by the second number for each pixel.
_MAX_SPREAD, _PER_PIXEL = 40, 0.97
#: Colours nearer than this in ab are the same.
_NEAR = 8.0
#: A track has a colour if at least this share of its hints has it, and at least this number of pixels.
_MIN_SHARE, _MIN_PIXELS = 0.03, 10
#: The outlines around a track have a colour if at least this number of their pixels has it.
_MIN_LINE_PIXELS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Hints of one drawing, as they are carried to others. Other pixels were left without a colour."""

    hints: ColorHints
    is_patch: NDArray[np.bool_]
    """(height, width) True for hints that are patches."""
    unseen: NDArray[np.bool_]
    """(height, width) True for pixels that were not left without a colour: nothing is known of them yet."""

    @classmethod
    def by_person(cls, hints: ColorHints, parts: Parts) -> Given:
        """Return the hints that a person gave for a drawing with these regions."""
        is_whole = without_patches(hints, parts).confidence > 0
        unsure = np.zeros_like(is_whole) if hints.unsure is None else hints.unsure
        return cls(hints, (hints.confidence > 0) & ~is_whole, unsure)

    @property
    def _whole(self) -> ColorHints:
        """Hints without patches. The confidence is -1 at pixels that were left without a colour."""
        whole = self.hints.without(self.is_patch)
        is_left = (whole.confidence == 0) & ~self.unseen
        return replace(whole, confidence=np.where(is_left, np.float32(-1), whole.confidence))


def carried(
    greys: Sequence[NDArray[np.uint8]],
    parts: Sequence[Parts],
    paths: Sequence[Paths],
    given: Mapping[int, Given],
) -> list[Given]:
    """Carry the hints of some drawings to all drawings of a shot.

    Colours follow the optical flow forward and backward while they are visible and their lightness does not
    change; fades are compensated. They spread a little over newly visible pixels beside them; patches do not.
    Pixels that were left without a colour are followed in the same way, and no colour spreads over them.
    Where colours arrive from both directions, the more confident one counts, which is that of the nearer
    drawing.

    Parameters
    ----------
    greys : sequence of uint8 arrays, shape (height, width)
        The drawings, 0..255.
    parts : sequence of Parts
        Regions and outlines of each drawing.
    paths : sequence of Paths
        Paths between each drawing and the next one; one fewer than drawings.
    given : mapping of int to Given
        Hints by position of the drawing; at least one.

    Returns
    -------
    list of Given
        For each drawing.
    """
    whole = {k: one._whole for k, one in given.items()}
    both = _carried_both_ways(greys, parts, paths, whole, spreads=True)
    found = [replace(one, confidence=np.maximum(one.confidence, 0)) for one in both]
    unseen = [one.confidence == 0 for one in both]
    if not any(one.is_patch.any() for one in given.values()):
        return [Given(one, np.zeros_like(far), far) for one, far in zip(found, unseen, strict=True)]
    patches = {k: one.hints.without(~one.is_patch) for k, one in given.items()}
    of_patches = _carried_both_ways(greys, parts, paths, patches, spreads=False)
    return [
        Given(one.combined_with(patch), patch.confidence > one.confidence, far)
        for one, patch, far in zip(found, of_patches, unseen, strict=True)
    ]


def _carried_both_ways(
    greys: Sequence[NDArray[np.uint8]],
    parts: Sequence[Parts],
    paths: Sequence[Paths],
    given: Mapping[int, ColorHints],
    *,
    spreads: bool,
) -> list[ColorHints]:
    """Carry hints to all drawings, as `carried` does. Pixels with negative confidence were left.

    If they do not spread, pixels whose path is unknown move like the nearest ones of their region. In flat
    paint, many paths are unknown.
    """
    no_hints = ColorHints(np.zeros((*greys[0].shape, 2), np.float32), np.zeros(greys[0].shape, np.float32))
    found = [given.get(k, no_hints) for k in range(len(greys))]
    for step, first in ((1, min(given)), (-1, max(given))):
        last = given[first]
        for k in range(first + step, len(greys) if step > 0 else -1, step):
            back = paths[k - 1].back if step > 0 else paths[k].forth
            if not spreads:
                back = _without_gaps(back, parts[k].regions)
            last = _carried_one_step(last, greys[k - step], greys[k], parts[k - step], parts[k], back)
            if spreads:
                _spread_newly_visible(last, parts[k])
            if k in given:
                last = _united(given[k], last)
            found[k] = _united(found[k], last)
    return found


def _united(one: ColorHints, other: ColorHints) -> ColorHints:
    """Return the union of both. Pixels without a colour are left if one of them was."""
    united = one.combined_with(other)
    is_left = (united.confidence == 0) & ((one.confidence < 0) | (other.confidence < 0))
    return replace(united, confidence=np.where(is_left, np.float32(-1), united.confidence))


def _without_gaps(back: NDArray[np.int32], regions: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the pixel indices in the earlier drawing, with those of unknown paths by the nearest ones."""
    from scipy.ndimage import distance_transform_edt

    if (back < 0).all():
        return back
    nearest = distance_transform_edt(back < 0, return_distances=False, return_indices=True)
    (height, width), (y, x) = back.shape, tuple(nearest)
    rows, columns = np.divmod(back[y, x], width)
    rows, columns = rows + np.arange(height)[:, None] - y, columns + np.arange(width) - x
    is_inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    is_inside &= regions[y, x] == regions
    return np.where(is_inside, rows * width + columns, -1).astype(np.int32)


def _carried_one_step(
    hints: ColorHints,
    grey0: NDArray[np.uint8],
    grey: NDArray[np.uint8],
    parts0: Parts,
    parts: Parts,
    back: NDArray[np.int32],
) -> ColorHints:
    """Carry hints from one drawing (0) to the next; ``back`` has the pixel indices in the earlier one."""
    _, lightness0 = faded(grey0, parts0.lightness, grey)
    change = np.float32(_MAX_CHANGE)
    ab, confidence = _warped(hints.ab, hints.confidence, lightness0, parts.lightness, back, change)
    confidence *= np.float32(_PER_DRAWING)
    return ColorHints(ab, confidence)


def _spread_newly_visible(hints: ColorHints, parts: Parts) -> None:
    """Spread hints, in place, over pixels of the same regions that have none."""
    change, per_pixel = np.float32(_MAX_CHANGE), np.float32(_PER_PIXEL)
    regions, lines, lightness = parts.regions, parts.lines, parts.lightness
    _spread(hints.ab, hints.confidence, regions, lines, lightness, _MAX_SPREAD, change, per_pixel)


#: A colour that is far from all other colours.
_NO_COLOR = np.full((1, 2), np.inf, np.float32)


class Palettes:
    """Colours that tracks, and the outlines around them, have in the drawings with hints.

    Pixel by pixel, a carried colour sometimes reaches a wrong region, for example through a gap in an
    outline. It is trusted only if the track of that region has this colour in a drawing with hints. Outlines
    have palettes of their own: small spots of paint count as outlines, too.
    """

    def __init__(self) -> None:
        self._colors: dict[int, NDArray[np.float32]] = {}
        """By `_codes`: centres of cells of ab, (n, 2)."""

    def add(self, tracks: NDArray[np.int64], parts: Parts, hints: ColorHints) -> None:
        """Add a drawing with hints whose regions belong to these tracks (regions,)."""
        known = hints.confidence > 0
        at, ab = _codes(tracks, parts)[known], hints.ab[known]
        for code in np.unique(at):
            of_track = ab[at == code]
            cells, counts = np.unique(np.rint(of_track / _NEAR), axis=0, return_counts=True)
            least = _MIN_LINE_PIXELS if code % 2 else max(_MIN_PIXELS, _MIN_SHARE * len(of_track))
            before = self._colors.get(int(code), _NO_COLOR)
            self._colors[int(code)] = np.concatenate([before, np.float32(_NEAR) * cells[counts >= least]])

    def share(
        self, ab: NDArray[np.float32], tracks: NDArray[np.int64], parts: Parts, hints: ColorHints
    ) -> NDArray[np.float32]:
        """Return the opacity of carried colours over the colours of the tracks, 0..1, (height, width).

        It is 0 where both are nearly equal, so that flat areas stay flat.

        Parameters
        ----------
        ab : float32 array, shape (height, width, 2)
            Colours of the tracks.
        tracks : int64 array, shape (regions,)
            Track of each region.
        parts : Parts
            Regions of the drawing.
        hints : ColorHints
            Carried hints of the drawing.
        """
        distance = np.sqrt(((hints.ab - ab) ** 2).sum(-1))
        share = np.clip((distance - _NEAR / 2) / _NEAR, 0, 1)
        return np.asarray(share * self.trusts(tracks, parts, hints), np.float32)

    def trusts(self, tracks: NDArray[np.int64], parts: Parts, hints: ColorHints) -> NDArray[np.bool_]:
        """Return where a carried colour is one of its track, (height, width); arguments as in `share`."""
        is_trusted = hints.confidence > 0
        pixels = np.flatnonzero(is_trusted)
        at = _codes(tracks, parts).ravel()[pixels]
        order = np.argsort(at, kind="stable")
        pixels, at = pixels[order], at[order]
        codes, first = np.unique(at, return_index=True)
        for code, here in zip(codes, np.split(pixels, first[1:]), strict=False):
            colors = self._colors.get(int(code), _NO_COLOR)
            known = hints.ab.reshape(-1, 2)[here]
            is_trusted.flat[here] = ((known[:, None] - colors) ** 2).sum(-1).min(1) < _NEAR**2
        return is_trusted


def _codes(tracks: NDArray[np.int64], parts: Parts) -> NDArray[np.int64]:
    """Return for each pixel, (height, width), 2 x its track; plus 1 on outlines."""
    return np.asarray(2 * tracks[parts.regions] + parts.lines, np.int64)


@njit(cache=True, nogil=True)
def _warped(ab0, confidence0, lightness0, lightness, back, max_change):  # type: ignore[no-untyped-def]
    """Move colours along the paths to pixels of the same lightness."""
    height, width = confidence0.shape
    ab, confidence = np.zeros_like(ab0), np.zeros_like(confidence0)
    for y in range(height):
        for x in range(width):
            if back[y, x] < 0:
                continue
            y0, x0 = divmod(back[y, x], width)
            if abs(lightness[y, x] - lightness0[y0, x0]) < max_change:
                ab[y, x] = ab0[y0, x0]
                confidence[y, x] = confidence0[y0, x0]
    return ab, confidence


@njit(cache=True, nogil=True)
def _spread(ab, confidence, regions, lines, lightness, max_spread, max_change, per_pixel):  # type: ignore[no-untyped-def]
    """Grow colours, in place, over pixels without colour of the same region and lightness.

    Colours of outlines stay on outlines, and others stay outside of them. Pixels that were left without a
    colour, with negative confidence, grow in the same way.
    """
    height, width = confidence.shape
    front = np.empty((height * width, 2), np.int32)
    origin = lightness.copy()
    n = 0
    for y in range(height):
        for x in range(width):
            if confidence[y, x] != 0:
                front[n] = y, x
                n += 1
    begin = 0
    for _ in range(max_spread):
        end = n
        for k in range(begin, end):
            y, x = front[k]
            for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                v, u = y + dy, x + dx
                if not (0 <= v < height and 0 <= u < width) or confidence[v, u] != 0:
                    continue
                if lines[v, u] != lines[y, x] or regions[v, u] != regions[y, x]:
                    continue
                if abs(lightness[v, u] - origin[y, x]) > max_change:
                    continue
                ab[v, u] = ab[y, x]
                confidence[v, u] = per_pixel * confidence[y, x]
                origin[v, u] = origin[y, x]
                front[n] = v, u
                n += 1
        begin = end
