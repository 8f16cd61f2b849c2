"""Times of decoded pictures, which files store wrongly, out of order, or not at all."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import av

#: ``pts``: presentation times. ``dts``: decoding times, which the decoder hands over in the order of the
#: pictures. ``sorted``: presentation times that belong to the pictures in another order.
Clock = Literal["pts", "dts", "sorted"]

#: Number of pictures within which times are sorted. Codecs reorder pictures over fewer than this.
_N_SORTED = 8
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
    waiting: tuple[av.VideoFrame, int | None] | None = None
    previous: av.VideoFrame | None = None
    for picture, time in _with_stored(pictures, clock):
        if waiting is not None:
            yield _settle(*waiting, previous, time, start, usual_step)
            previous = waiting[0]
        waiting = picture, time
    if waiting is not None:
        yield _settle(*waiting, previous, None, start, usual_step)


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


def _settle(
    picture: av.VideoFrame,
    time: int | None,
    previous: av.VideoFrame | None,
    following: int | None,
    start: int,
    usual_step: float,
) -> tuple[av.VideoFrame, bool]:
    """Give a picture its time: the stored one, unless it does not lie between those of its neighbours."""
    before = None if previous is None else previous.pts
    is_late = following is not None and time is not None and time >= following
    if before is None:
        picture.pts = start if time is None else time
        return picture, time is not None
    if time is not None and time > before and not (is_late and following is not None and following > before):
        picture.pts = time
        return picture, True
    assert previous is not None
    estimate = before + (previous.duration or max(1, round(usual_step)))
    if following is not None and before + 1 < following <= estimate:
        estimate = (before + following) // 2
    picture.pts = estimate
    return picture, False
