"""Colourist: a simulated person who corrects a film on the review page, and knows its original.

He goes through the shots in the order of the page. In each, he chooses the paint that is wrong for the
longest on the largest area, in the frame that shows most of it. He draws over it there, gives it the colour
of the original, and goes on until nothing large is wrong. This counts as one click. So does looking at an
outline that holds too much, and undoing what made it worse. If this does not mend a place, he paints it with
the brush, in one frame and with one colour. A stroke counts as one click. The film shows the strokes when he
has gone through all shots. He does not paint a place twice. A thing with two shades, such as a
sky, gets two colours with two clicks. If most of what looks the same in the frame has the colour, too, he
gives it to all of that, with a second click. Then the other shots get the corrections when he has gone
through all shots, and he begins the next round.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.measure import WRONG, scores_of
from benchmarks.review_client import ReviewClient
from cartoonize.frames import area_average
from cartoonize.metrics.ciede2000 import ciede2000
from cartoonize.metrics.pair import FrameColors
from cartoonize.metrics.vivid import vivid_in
from cartoonize.video import open_source

#: Smallest wrong areas that are clicked in successive rounds through the shots, as shares of all pixels of
#: the film. Each round is about a third of the one before; the first one is for what fills a shot.
ROUNDS = (0.01, 0.003, 0.001, 0.0003, 0.0001)
#: The shades of one paint differ by at most this in CIE L from the middle one.
_SAME_LIGHTNESS = 20.0
#: A thing moves by less than this in its shot, in pixels of the 256x256 grid.
_NEAR = 40
#: What failed is given up with all colours up to this many times as far away: a glow has many.
_GIVES_UP = 2.0
#: Largest number of places of a stroke.
_N_PLACES = 60
#: Everything that looks the same gets a colour if at least this share of it has it, within this distance in
#: ab, and at least this share of it is wrong.
_SAME_SHARE, _SAME_DISTANCE, _WRONG_SHARE = 0.85, 12.0, 0.3
#: A thing has two shades if the CIE L of its places differs by at least the first number, and a lightness
#: separates wrong from right pixels for at least the second share of them. So many are tried.
_SHADE, _SEPARATE, _N_MIDDLES = 10.0, 0.8, 9
#: Number of paints in the wrong areas of a frame of which he finds the largest patch.
_N_PAINTS = 4
#: Number of frames of a shot in which he compares the largest wrong patches.
_N_LOOKED_AT = 12
#: A colour is taken back if the share of right pixels of its shot becomes smaller by this.
_WORSE = 0.002
#: Largest number of clicks in one shot and round.
PATIENCE = 12


@dataclass(frozen=True)
class Step:
    """The state of the film after a click, or after the other shots have got the corrections."""

    clicks: int
    within_10: float
    vivid_within_10: float
    ciede2000: float
    what: str
    frame_seconds: float = 0.0
    """Time from the click until the frame has its new colour."""
    shot_seconds: float = 0.0
    """Time from the click until the shot has its new colours."""
    machine_seconds: float = 0.0
    """Time in which the other shots were coloured."""


@dataclass
class _Shot:
    start: int
    stop: int
    errors: dict[int, np.ndarray] = field(default_factory=dict)
    """CIEDE2000 (256, 256) of some frames, by index."""

    @property
    def within(self) -> float:
        """Share of its pixels that are right."""
        return float(np.mean([(error <= WRONG).mean() for error in self.errors.values()]))


class Colorist:
    """A person who corrects one film.

    Parameters
    ----------
    client : ReviewClient
        The page.
    original : Path
        The film in colour, with the same frames.
    step : int
        Every frame of this number is compared.
    pictures : Path, optional
        Folder for a picture of each click: before, after, original.
    """

    def __init__(
        self, client: ReviewClient, original: Path, step: int = 1, pictures: Path | None = None
    ) -> None:
        self._client, self._step, self._pictures = client, step, pictures
        (film,) = client.get("/api/films")["films"]
        self._film = film["key"]
        self._shots = {row[0]: _Shot(row[0], row[1]) for row in film["shots"]}
        self._original = {frame: picture for frame, picture in _pictures(original) if frame % step == 0}
        self._lab = {frame: FrameColors.of(picture).lab for frame, picture in self._original.items()}
        self._vivid = {frame: vivid_in(lab[..., 1:]) for frame, lab in self._lab.items()}
        self._blocked: dict[int, np.ndarray] = {}
        """Places that neither a click nor the brush has mended, by frame."""
        self._waiting: dict[int, np.ndarray] = {}
        """The same for places that are painted, until the film is coloured again."""
        self._painted: dict[int, np.ndarray] = {}
        """What he has painted, (256, 256, 4) BGRA, by frame."""
        self.steps: list[Step] = []
        self.in_vain: list[dict[str, Any]] = []
        """Clicks after which the clicked place was still wrong."""
        for shot in self._shots.values():
            self._compare(shot)
        self._note("automatic")

    def work(self, most: int) -> None:
        """Correct the film with at most so many clicks."""
        for smallest in ROUNDS:
            before = self._clicks
            for start in self._order():
                self._correct(self._shots[start], smallest, most)
            if self._clicks > before:
                self._spread()
            if self._clicks >= most:
                return

    @property
    def _clicks(self) -> int:
        return self.steps[-1].clicks

    def _order(self) -> list[int]:
        """Return the first frames of the shots, the worst first, as the page shows them."""
        (film,) = self._client.get("/api/films")["films"]
        return [row[0] for row in sorted(film["shots"], key=lambda row: -row[3])]

    def _correct(self, shot: _Shot, smallest: float, most: int) -> None:
        for _ in range(PATIENCE):
            found = self._longest_wrong(shot)
            if found is None or found[0] < smallest or self._clicks >= most:
                return
            self._click(shot, *found)

    def _longest_wrong(self, shot: _Shot) -> tuple[float, int, int, int] | None:
        """Return the size of the paint that is wrong most, a frame, and the row and column of a place of it.

        The size is the share of the pixels of the film. In each frame, only the largest patch is looked at.
        Its paint is wrong wherever the original has its colour, and another one is shown.
        """
        patches = [self._largest_patch(shot, index) for index in shot.errors]
        found = [(*patch, index) for patch, index in zip(patches, shot.errors, strict=True) if patch]
        best: tuple[float, int, int, int] | None = None
        for n_pixels, row, column, index in sorted(found, reverse=True)[:_N_LOOKED_AT]:
            paint = self._lab[index][row, column]
            wrong = sum(
                min(int((self._wrong(shot, other) & self._has_paint(other, paint)).sum()), n_pixels)
                for other in shot.errors
            )
            size = wrong / (256 * 256 * len(self._original))
            if best is None or size > best[0]:
                best = size, index, row, column
        return best

    def _largest_patch(self, shot: _Shot, index: int) -> tuple[int, int, int] | None:
        """Return the pixels of the largest wrong patch of one paint in a frame, and a place inside of it."""
        left = cv2.morphologyEx(
            self._wrong(shot, index).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
        )
        best: tuple[int, int, int] | None = None
        for _ in range(_N_PAINTS):
            n, labels, stats, _ = cv2.connectedComponentsWithStats(left, connectivity=4)
            if n < 2:
                break
            largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
            region = np.pad((labels == largest).astype(np.uint8), 1)
            inside = cv2.distanceTransform(region, cv2.DIST_L2, 5)[1:-1, 1:-1]
            row, column = (int(n) for n in np.unravel_index(int(np.argmax(inside)), inside.shape))
            same = (labels == largest) & self._has_paint(index, self._lab[index][row, column])
            if best is None or same.sum() > best[0]:
                best = int(same.sum()), row, column
            left[same] = 0
        return best

    def _wrong(self, shot: _Shot, index: int) -> np.ndarray:
        """Return where a frame is wrong, and not blocked, (256, 256)."""
        wrong = shot.errors[index] > WRONG
        for places in (self._blocked, self._waiting):
            if index in places:
                wrong = wrong & ~places[index]
        return np.asarray(wrong)

    def _has_paint(self, index: int, paint: np.ndarray, width: float = 1) -> np.ndarray:
        """Return where the original of a frame has a colour, CIELAB (3,), with its shades, (256, 256)."""
        lab = self._lab[index]
        same = np.linalg.norm(lab[..., 1:] - paint[1:], axis=-1) < width * _SAME_DISTANCE
        return np.asarray(same & (np.abs(lab[..., 0] - paint[0]) < width * _SAME_LIGHTNESS))

    def _click(self, shot: _Shot, size: float, index: int, row: int, column: int) -> None:
        """Give the things around a place the original's colour."""
        self._client.ready(self._film, shot.start)
        places = [_place(row, column), *self._stroke(shot, index, row, column)]
        thing = self._things(shot, index, places)
        if thing is None:
            self._brush(shot, index, row, column)
            return
        outline = _mask(thing["outlines"], index)
        if self._helps(shot, index, outline, row, column):
            is_alike = self._is_alike(shot, index, thing, row, column)
            given = [(places, row, column, is_alike)]
            n_clicks, what = 2 if is_alike else 1, f"{len(places)} places"
        elif other := self._other_shade(shot, index, outline, row, column):
            given = [([_place(*at)], *at, False) for at in ((row, column), other)]
            n_clicks, what = 2, "two shades"
        else:
            self._note(f"frame {index}, only looked at", 1)
            self._brush(shot, index, row, column)
            return
        self._give(shot, size, index, given, n_clicks, f"frame {index}, {what}")

    def _give(
        self,
        shot: _Shot,
        size: float,
        index: int,
        given: list[tuple[list[list[float]], int, int, bool]],
        n_clicks: int,
        what: str,
    ) -> None:
        """Give places their colours in the original, and take them back if the shot becomes worse."""
        shown, share = self._shown(shot, index), shot.within
        (_, row, column, _), *_ = given
        before = shot.errors[index][row, column]
        began = time.perf_counter()
        for places, y, x, is_alike in given:
            around = self._original[index][max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
            red, green, blue = np.median(around.reshape(-1, 3), 0).astype(int).tolist()
            self._client.act(
                "pins", film=self._film, frame=index, places=places, similar=is_alike, shade=True,
                color=f"#{red:02x}{green:02x}{blue:02x}", reach="everywhere",
            )  # fmt: skip
        self._client.picture(f"/frames/{self._film}/{shot.start}/corrected/{index}")
        in_frame = time.perf_counter() - began
        self._client.ready(self._film, shot.start)
        in_shot = time.perf_counter() - began
        self._compare(shot)
        if self._pictures is not None:
            trio = [shown, self._shown(shot, index), self._original[index]]
            _write(self._pictures / f"{self._clicks + 1:03d}-{index}.png", trio, row, column)
        after = shot.errors[index][row, column]
        if after > WRONG:
            self.in_vain.append({"frame": index, "x": (column + 0.5) / 256, "y": (row + 0.5) / 256,
                                 "size": size, "before": float(before), "after": float(after)})  # fmt: skip
        if shot.within < share - _WORSE:
            for _ in given:
                self._client.act("undo")
            self._client.ready(self._film, shot.start)
            self._compare(shot)
            n_clicks, what = n_clicks + len(given), f"{what}, undone"
        self._note(what, n_clicks, in_frame, in_shot)
        if shot.errors[index][row, column] > WRONG:
            self._brush(shot, index, row, column)

    def _brush(self, shot: _Shot, index: int, row: int, column: int) -> None:
        """Paint the wrong patch around a place. It has its colour when the film is coloured again."""
        painted = self._painted.setdefault(index, np.zeros((256, 256, 4), np.uint8))
        if painted[row, column, 3]:
            self._block(self._blocked, shot, index, row, column)
            return
        patch = self._patch(shot, index, row, column) | self._at(row, column)
        rgb = np.median(self._original[index][patch], 0).astype(int).tolist()
        painted[patch] = (*rgb[::-1], 255)
        self._client.paint(self._film, index, painted)
        self._block(self._waiting, shot, index, row, column)
        self._note(f"frame {index}, brush on {patch.sum()} pixels", 1)

    def _patch(self, shot: _Shot, index: int, row: int, column: int) -> np.ndarray:
        """Return where the wrong region around a place has the same colour in the original, (256, 256)."""
        ab = self._lab[index][..., 1:]
        same = np.linalg.norm(ab - self._here(ab, row, column), axis=-1) < _SAME_DISTANCE
        same &= shot.errors[index] > WRONG
        _, labels = cv2.connectedComponents(same.astype(np.uint8), connectivity=4)
        return same & (labels == labels[row, column])

    def _stroke(self, shot: _Shot, index: int, row: int, column: int) -> list[list[float]]:
        """Return places inside of the patch around a place, as a stroke of the mouse touches them."""
        patch = self._patch(shot, index, row, column).astype(np.uint8)
        at = np.flatnonzero(cv2.erode(patch, np.ones((3, 3), np.uint8)))
        chosen = np.random.default_rng(0).choice(at, min(_N_PLACES, len(at)), replace=False)
        return [_place(y, x) for y, x in zip(*divmod(chosen, 256), strict=True)]

    def _things(self, shot: _Shot, index: int, places: list[list[float]]) -> dict[str, Any] | None:
        """Return what the page shows of the things at some places."""
        address = f"/api/shots/{self._film}/{shot.start}/things/{index}"
        thing: dict[str, Any] | None = self._client.post(address, {"places": places})["thing"]
        return thing

    def _helps(self, shot: _Shot, index: int, outline: np.ndarray, row: int, column: int) -> bool:
        """Return whether an outline holds more wrong than right pixels for the colour of a place."""
        ab = self._lab[index][..., 1:]
        is_same = np.linalg.norm(ab - self._here(ab, row, column), axis=-1) < _SAME_DISTANCE
        is_wrong = shot.errors[index] > WRONG
        gain, loss = (outline & is_wrong & is_same).sum(), (outline & ~is_wrong & ~is_same).sum()
        return bool(gain > loss)

    def _other_shade(
        self, shot: _Shot, index: int, outline: np.ndarray, row: int, column: int
    ) -> tuple[int, int] | None:
        """Return a place of the same things with a right colour and another lightness, as in a sky."""
        lightness = self._lab[index][..., 0]
        is_right = outline & (shot.errors[index] <= WRONG)
        is_other = is_right & (np.abs(lightness - lightness[row, column]) >= _SHADE)
        if not is_other.any():
            return None
        farthest = np.abs(lightness - lightness[row, column])[is_other]
        is_other &= np.abs(lightness - lightness[row, column]) >= np.percentile(farthest, 75)
        depth = cv2.distanceTransform(np.pad(is_other.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        # Two colours help only if what is wrong is lighter than what is right, or darker.
        is_lighter = lightness[row, column] > lightness[y, x]
        agree = [
            ((lightness > middle) == is_lighter)[outline] != is_right[outline]
            for middle in np.linspace(lightness[row, column], lightness[y, x], _N_MIDDLES)
        ]
        return (int(y), int(x)) if max(np.mean(agree, 1)) >= _SEPARATE else None

    @staticmethod
    def _here(ab: np.ndarray, row: int, column: int) -> np.ndarray:
        """Return the colour (2,) at a place."""
        around = ab[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        return np.asarray(np.median(around.reshape(-1, 2), 0))

    def _is_alike(self, shot: _Shot, index: int, thing: dict[str, Any], row: int, column: int) -> bool:
        """Return whether what looks the same as some things has the same colour in the original."""
        if not thing["similar"]:
            return False
        alike = _mask(thing["similar_outlines"], index)
        if not alike.any():
            return False
        ab = self._lab[index][..., 1:]
        is_same = np.linalg.norm(ab - self._here(ab, row, column), axis=-1)[alike] < _SAME_DISTANCE
        is_wrong = shot.errors[index][alike] > WRONG
        return bool(is_same.mean() >= _SAME_SHARE and is_wrong.mean() >= _WRONG_SHARE)

    def _block(self, places: dict[int, np.ndarray], shot: _Shot, index: int, row: int, column: int) -> None:
        """Add a paint near a place to those that he does not try again in this shot."""
        paint = self._lab[index][row, column]
        near = np.zeros((256, 256), bool)
        patch = np.argwhere(self._patch(shot, index, row, column) | (self._at(row, column)))
        (top, left), (bottom, right) = patch.min(0) - _NEAR, patch.max(0) + _NEAR + 1
        near[max(top, 0) : bottom, max(left, 0) : right] = True
        for other in shot.errors:
            blocked = near & self._has_paint(other, paint, _GIVES_UP)
            places[other] = places.get(other, np.zeros_like(near)) | blocked
        places[index] |= self._at(row, column)

    @staticmethod
    def _at(row: int, column: int) -> np.ndarray:
        """Return a mask (256, 256) of a place and the pixels beside it."""
        mask = np.zeros((256, 256), bool)
        mask[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = True
        return mask

    def _spread(self) -> None:
        """Let the other shots get the corrections, and all shots what is painted."""
        self._waiting.clear()
        began = time.perf_counter()
        self._client.finish("/api/again")
        taken = time.perf_counter() - began
        for shot in self._shots.values():
            self._compare(shot)
        self._note("the other shots", machine=taken)

    def _compare(self, shot: _Shot) -> None:
        """Compare the frames of a shot with the original."""
        for index in range(-(-shot.start // self._step) * self._step, shot.stop, self._step):
            if index not in self._original:
                continue
            now = FrameColors.of(self._shown(shot, index))
            shot.errors[index] = ciede2000(self._lab[index], now.lab)

    def _shown(self, shot: _Shot, index: int) -> np.ndarray:
        """Return a frame as the page shows it, (256, 256, 3), sRGB."""
        shown = self._client.picture(f"/frames/{self._film}/{shot.start}/now/{index}")
        return area_average(np.ascontiguousarray(shown[..., ::-1]))

    def _note(
        self, what: str, clicks: int = 0, in_frame: float = 0, in_shot: float = 0, machine: float = 0
    ) -> None:
        errors = {index: error for shot in self._shots.values() for index, error in shot.errors.items()}
        within, vivid, mean = scores_of(list(errors.values()), [self._vivid[index] for index in errors])
        n = clicks + (self._clicks if self.steps else 0)
        self.steps.append(Step(n, within, vivid, mean, what, in_frame, in_shot, machine))
        times = f"{in_frame:.2f} {in_shot:.2f} {machine:.1f}"
        print(f"{n:4d} clicks  {within:.4f}  vivid {vivid:.4f}  {mean:6.2f}  {what}  {times}", flush=True)

    def as_json(self) -> dict[str, Any]:
        """Return all steps, and the clicks in vain."""
        return {"steps": [asdict(step) for step in self.steps], "in_vain": self.in_vain}


def _place(row: int, column: int) -> list[float]:
    """Return a pixel as shares of the picture."""
    return [(column + 0.5) / 256, (row + 0.5) / 256]


def _mask(outlines: list[Any], index: int) -> np.ndarray:
    """Return where outlines are in a frame, (256, 256)."""
    polygons = [polygons for first, polygons in outlines if first <= index][-1]
    mask = np.zeros((256, 256), np.uint8)
    points = [np.rint(np.array(one).reshape(-1, 2) * 256 - 0.5).astype(np.int32) for one in polygons]
    cv2.fillPoly(mask, points, 1)
    return mask > 0


def _write(path: Path, pictures: list[np.ndarray], row: int, column: int) -> None:
    """Write pictures side by side, with a circle around a place."""
    marked = [cv2.circle(picture.copy(), (column, row), 6, (255, 0, 255), 1) for picture in pictures]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(np.hstack(marked), cv2.COLOR_RGB2BGR))


def _pictures(path: Path) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the frames of a film in colour, (256, 256, 3)."""
    with open_source(path) as source:
        for frame in source.frames(rgb=True):
            assert frame.rgb is not None
            yield frame.index, area_average(frame.rgb)
