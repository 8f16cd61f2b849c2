"""Known colours: what references say of a drawing, carried to the other drawings of its shot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.optical_flow import Paths
from cartoonize.tracking.parts import Parts
from cartoonize.tracking.tracks import faded

#: Greatest change of a pixel's CIE L on the way from one drawing to the next.
_SAME = 6.0
#: How sure a colour still is after a drawing that it was carried to, of 1.
_CARRIED = 0.998
#: Over what comes to light it spreads within its region, so many pixels at most, less sure after each.
_FARTHEST, _SPREAD = 40, 0.97
#: Colours nearer than this in ab are the same.
_NEAR = 8.0
#: A colour is one of a track's if this part of what was given of it has it, and so many pixels.
_LEAST_SHARE, _LEAST_PIXELS = 0.03, 10


@dataclass(frozen=True, slots=True, eq=False)
class ColorHints:
    """Colours that are known of a drawing."""

    ab: NDArray[np.float32]
    """(height, width, 2) CIELAB a and b; anything where nothing is known."""
    sure: NDArray[np.float32]
    """(height, width) 1 where it was given, less the farther away that was, 0 where nothing is known."""
    exact: NDArray[np.bool_] | None = None
    """(height, width) where the drawing is to be shown just so, be it a speck or a line; None: nowhere."""

    def besides(self, other: ColorHints) -> ColorHints:
        """Return both together; where both say something, the surer counts, or this one."""
        better = other.sure > self.sure
        exact = self.exact
        if other.exact is not None:
            mine = False if exact is None else exact
            exact = np.where(better, other.exact, mine)
        ab = np.where(better[..., None], other.ab, self.ab)
        return ColorHints(ab, np.where(better, other.sure, self.sure), exact)


def carried(
    greys: Sequence[NDArray[np.uint8]],
    parts: Sequence[Parts],
    paths: Sequence[Paths],
    given: Mapping[int, ColorHints],
) -> list[ColorHints]:
    """Return what is known of every drawing of a shot, from what is given of some.

    Colours go along the optical flow, forward and backward, as long as nothing hides them and lightness stays
    the same but for fades, and spread a little over what comes to light beside them. Where both arrive, the
    surer counts: that of the nearer drawing.

    Parameters
    ----------
    greys : sequence of uint8 arrays, shape (height, width)
        The drawings.
    parts : sequence of Parts
        Their regions and outlines.
    paths : sequence of Paths
        Between each and the next one, in order: one fewer.
    given : mapping of int to ColorHints
        By number in those; at least one.
    """
    nothing = ColorHints(np.zeros((*greys[0].shape, 2), np.float32), np.zeros(greys[0].shape, np.float32))
    found = [given.get(k, nothing) for k in range(len(greys))]
    for step, first in ((1, min(given)), (-1, max(given))):
        last = given[first]
        for k in range(first + step, len(greys) if step > 0 else -1, step):
            back = paths[k - 1].back if step > 0 else paths[k].forth
            last = _moved(last, greys[k - step], greys[k], parts[k - step], parts[k], back)
            if k in given:
                last = given[k].besides(last)
            found[k] = found[k].besides(last)
    return found


def _moved(
    known: ColorHints,
    grey0: NDArray[np.uint8],
    grey: NDArray[np.uint8],
    parts0: Parts,
    parts: Parts,
    back: NDArray[np.int32],
) -> ColorHints:
    """Carry what is known of one drawing to the next, whose pixels came from where ``back`` says."""
    _, lightness0 = faded(grey0, parts0.lightness, grey)
    same = np.float32(_SAME)
    ab, sure = _warped(
        known.ab, known.sure, lightness0, parts0.lines, parts.lightness, parts.lines, back, same
    )
    sure *= np.float32(_CARRIED)
    _spread(ab, sure, parts.regions, parts.lines, parts.lightness, _FARTHEST, same, np.float32(_SPREAD))
    return ColorHints(ab, sure)


#: Far from all others.
_NO_COLOR = np.full((1, 2), np.inf, np.float32)


class Palettes:
    """The colours that tracks have in the drawings of which they were given.

    What is carried pixel by pixel goes astray now and then, over a gap in an outline, say. It is to be
    trusted where the track that it came to has this colour, too.
    """

    def __init__(self) -> None:
        self._colors: dict[int, NDArray[np.float32]] = {}

    def add(self, tracks: NDArray[np.int64], parts: Parts, given: ColorHints) -> None:
        """Take a drawing whose colours are given and whose regions have these tracks (regions,)."""
        free = (given.sure > 0) & ~parts.lines
        at, ab = tracks[parts.regions[free]], given.ab[free]
        for track in np.unique(at):
            mine = ab[at == track]
            cells, counts = np.unique(np.rint(mine / _NEAR), axis=0, return_counts=True)
            many = counts >= max(_LEAST_PIXELS, _LEAST_SHARE * len(mine))
            before = self._colors.get(int(track), _NO_COLOR)
            self._colors[int(track)] = np.concatenate([before, np.float32(_NEAR) * cells[many]])

    def share(
        self, ab: NDArray[np.float32], tracks: NDArray[np.int64], parts: Parts, known: ColorHints
    ) -> NDArray[np.float32]:
        """Return how much of the known colours, 0..1, to put over those of the tracks, (height, width).

        Nothing where they are nearly the same already, so that these stay even.

        Parameters
        ----------
        ab : float32 array, shape (height, width, 2)
            What the tracks have.
        tracks : int64 array, shape (regions,)
        parts : Parts
        known : ColorHints
        """
        apart = np.sqrt(((known.ab - ab) ** 2).sum(-1))
        share = np.clip((apart - _NEAR / 2) / _NEAR, 0, 1) * (known.sure > 0) * ~parts.lines
        at = tracks[parts.regions]
        for track in np.unique(at[share > 0]):
            here = (at == track) & (share > 0)
            colors = self._colors.get(int(track), _NO_COLOR)
            share[here] *= ((known.ab[here][:, None] - colors) ** 2).sum(-1).min(1) < _NEAR**2
        return np.asarray(share, np.float32)


@njit(cache=True, nogil=True)
def _warped(ab0, sure0, lightness0, lines0, lightness, lines, back, same):  # type: ignore[no-untyped-def]
    height, width = sure0.shape
    ab, sure = np.zeros_like(ab0), np.zeros_like(sure0)
    for y in range(height):
        for x in range(width):
            if lines[y, x] or back[y, x] < 0:
                continue
            y0, x0 = divmod(back[y, x], width)
            if not lines0[y0, x0] and abs(lightness[y, x] - lightness0[y0, x0]) < same:
                ab[y, x] = ab0[y0, x0]
                sure[y, x] = sure0[y0, x0]
    return ab, sure


@njit(cache=True, nogil=True)
def _spread(ab, sure, regions, lines, lightness, farthest, same, less):  # type: ignore[no-untyped-def]
    """Let colours grow over unknown pixels of their region that are as light as where they come from."""
    height, width = sure.shape
    front = np.empty((height * width, 2), np.int32)
    origin = lightness.copy()
    n = 0
    for y in range(height):
        for x in range(width):
            if sure[y, x] > 0:
                front[n] = y, x
                n += 1
    begin = 0
    for _ in range(farthest):
        end = n
        for k in range(begin, end):
            y, x = front[k]
            for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                v, u = y + dy, x + dx
                if not (0 <= v < height and 0 <= u < width) or lines[v, u] or sure[v, u] > 0:
                    continue
                if regions[v, u] != regions[y, x] or abs(lightness[v, u] - origin[y, x]) > same:
                    continue
                ab[v, u] = ab[y, x]
                sure[v, u] = less * sure[y, x]
                origin[v, u] = origin[y, x]
                front[n] = v, u
                n += 1
        begin = end
