"""Times of decoded pictures, which files store wrongly, out of order, or not at all."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import Literal

import av

#: ``pts``: presentation times. ``dts``: decoding times, which the decoder hands over in the order of the
#: pictures. ``sorted``: presentation times that belong to the pictures in another order.
Clock = Literal["pts", "dts", "sorted"]

#: Number of pictures within which times are sorted. Codecs reorder pictures over fewer than this.
_N_SORTED = 8
#: Number of later pictures that tell whether a time is wrong.
_N_AHEAD = 4
#: Smallest number of pictures with times that tell which clock runs.
_N_TOLD = 4


def clock_of(container_name: str, pictures: Sequence[av.VideoFrame]) -> Clock:
    """Return the clock of a video, from its container and its first pictures.

    AVI has no presentation times: FFmpeg guesses them, wrongly if pictures are stored in another order than
    they are shown. The same happens in files whose writer stored decoding times as presentation times.
    """
    pts = [picture.pts for picture in pictures if picture.pts is not None]
    dts = [picture.dts for picture in pictures if picture.dts is not None]
    if container_name == "avi" and dts and _is_ascending(dts):
        return "dts"
    if len(pts) < _N_TOLD or _is_ascending(pts):
        return "pts"
    if len(dts) >= _N_TOLD and _is_ascending(dts):
        return "dts"
    return "sorted" if len(set(pts)) == len(pts) else "pts"


def _is_ascending(times: Sequence[int]) -> bool:
    return all(one < two for one, two in zip(times, times[1:], strict=False))


def stored_times(pictures: Sequence[av.VideoFrame], clock: Clock) -> list[int | None]:
    """Return the stored times of the first pictures, in the order of the pictures."""
    times = [_stored(picture, clock) for picture in pictures]
    if clock != "sorted":
        return times
    return [*sorted(time for time in times if time is not None)]


def timed(
    pictures: Iterable[av.VideoFrame], clock: Clock, start: int, usual_step: float
) -> Iterator[tuple[av.VideoFrame, bool]]:
    """Yield the pictures with strictly increasing times, and whether their time is stored in the file.

    Parameters
    ----------
    pictures : iterable of VideoFrame
        In presentation order.
    clock : Clock
    start : int
        Time of a first picture without a time.
    usual_step : float
        Usual time between two pictures.
    """
    waiting: deque[tuple[av.VideoFrame, int | None]] = deque()
    previous: av.VideoFrame | None = None
    for pair in chain(_with_stored(pictures, clock), repeat(None, _N_AHEAD)):
        if pair is not None:
            waiting.append(pair)
        if waiting and (pair is None or len(waiting) > _N_AHEAD):
            picture, stored = waiting.popleft()
            ahead = [time for _, time in waiting]
            if previous is None:
                picture.pts = start if stored is None else stored
            else:
                picture.pts = _settled(previous, stored, ahead, usual_step)
            yield picture, picture.pts == stored
            previous = picture


def _with_stored(
    pictures: Iterable[av.VideoFrame], clock: Clock
) -> Iterator[tuple[av.VideoFrame, int | None]]:
    """Yield the pictures and their stored times."""
    if clock != "sorted":
        yield from ((picture, _stored(picture, clock)) for picture in pictures)
        return
    waiting: list[av.VideoFrame] = []
    times: list[int] = []
    for picture in pictures:
        waiting.append(picture)
        if picture.pts is not None:
            heapq.heappush(times, picture.pts)
        if len(waiting) >= _N_SORTED:
            yield waiting.pop(0), heapq.heappop(times) if times else None
    for picture in waiting:
        yield picture, heapq.heappop(times) if times else None


def _stored(picture: av.VideoFrame, clock: Clock) -> int | None:
    """Return the stored time of a picture."""
    if clock == "dts" and picture.dts is not None:
        return picture.dts
    return None if clock == "dts" else picture.pts


def _settled(
    previous: av.VideoFrame, stored: int | None, ahead: Sequence[int | None], usual_step: float
) -> int:
    """Return the time of a picture: the stored one, unless it contradicts those of its neighbours.

    Parameters
    ----------
    previous : VideoFrame
        The picture before.
    stored : int or None
        Stored time of the picture.
    ahead : sequence of int or None
        Stored times of the next pictures.
    usual_step : float
        Usual time between two pictures.
    """
    before = previous.pts
    assert before is not None
    following = ahead[0] if ahead else None
    estimate = before + (previous.duration or max(1, round(usual_step)))
    if stored is not None and stored > before:
        known = [stored, *(time for time in ahead if time is not None)]
        if _is_ascending(known):
            return stored
        # Times are wrong here. A later one that fits a steady pace tells that this picture has it, too.
        pace = [before + round(number * usual_step) for number in range(1, len(known) + 1)]
        if any(abs(time - fit) <= 1 for time, fit in zip(known[1:], pace[1:], strict=True)):
            return pace[0]
        if following is None or not before < following <= stored:
            return stored
    if following is not None and before + 1 < following <= estimate:
        return (before + following) // 2
    return estimate
