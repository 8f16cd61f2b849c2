"""Pictures: the frames of shots as JPEG, in several layers, and thumbnails."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import CartoonizeError, SourceError, UnknownNameError, UsageError
from cartoonize.review import render
from cartoonize.tracking.confidence import ShotDoubt

if TYPE_CHECKING:
    from cartoonize.coloring.cached_shot import CachedShot
    from cartoonize.frames import Frame
    from cartoonize.review.films import ColoredFilm

Planes = tuple[NDArray[Any], NDArray[Any]]

#: Largest size of all pictures that are kept in memory, in bytes.
_MAX_BYTES = 256 << 20
#: Number of shots whose pictures may be made at the same time. Those of other shots are given up.
_N_SHOTS_AT_ONCE = 2
#: Seconds to wait for a picture.
_PATIENCE = 120.0

_NOT_CACHED = "the colours of this shot are not in the cache"
_COLOR_AGAIN = "Choose the films again, and Learn and colour."


class Pictures:
    """Pictures of the frames of shots.

    All frames of a shot are rendered one after the other, in a thread for each layer, because the next frame
    is likely to be asked for next. They are kept in memory up to a limit.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._streams: OrderedDict[tuple[str, int, str, str], _Stream] = OrderedDict()
        """By film, first frame of the shot, its state, and layer; the one that was used last is the last."""

    def frame(self, film: ColoredFilm, shot: ShotDoubt, layer: str, index: int) -> bytes:
        """Return a frame as JPEG.

        Parameters
        ----------
        film : ColoredFilm
        shot : ShotDoubt
            Shot of the film.
        layer : str
            One of `LAYERS`.
        index : int
            Index of the frame in the film.

        Raises
        ------
        UnknownNameError
            If the layer or the frame does not exist.
        UsageError
            If the shot has no such layer, as before it was coloured a second time.
        SourceError
            If the film cannot be read.
        """
        if layer not in LAYERS:
            raise UnknownNameError("layer", layer, LAYERS)
        if not shot.start <= index < shot.stop:
            raise UnknownNameError("frame", str(index), [f"{shot.start} to {shot.stop - 1}"])
        return self._stream(film, shot, layer).picture(index - shot.start)

    def close(self) -> None:
        """Give up all work."""
        with self._lock:
            for stream in self._streams.values():
                stream.give_up()

    def _stream(self, film: ColoredFilm, shot: ShotDoubt, layer: str) -> _Stream:
        key = (film.key, shot.start, film.tag(shot), layer)
        with self._lock:
            stream = self._streams.get(key)
            if stream is None or stream.is_given_up:
                stream = _Stream(lambda: LAYERS[layer](film, shot))
                self._streams[key] = stream
            self._streams.move_to_end(key)
            self._make_room()
        return stream

    def _make_room(self) -> None:
        """Give up the work on shots that were left, and forget the pictures that were not used longest."""
        recent = list(dict.fromkeys(key[:3] for key in reversed(self._streams)))[:_N_SHOTS_AT_ONCE]
        for key, stream in self._streams.items():
            if key[:3] not in recent:
                stream.give_up()
        total = sum(stream.n_bytes for stream in self._streams.values())
        while total > self._max_bytes and len(self._streams) > 1:
            _, stream = self._streams.popitem(last=False)
            stream.give_up()
            total -= stream.n_bytes


class _Stream:
    """The pictures of one layer of a shot, which a thread makes in order."""

    def __init__(self, pictures: Callable[[], Iterator[bytes]]) -> None:
        self._pictures: list[bytes] = []
        self._changed = Condition()
        self._error: CartoonizeError | None = None
        self._is_done = self._is_unwanted = False
        self.n_bytes = 0
        Thread(target=self._make, args=(pictures,), daemon=True).start()

    @property
    def is_given_up(self) -> bool:
        """True if it has ended before all pictures were made, or with an error."""
        return (self._is_unwanted and not self._is_done) or self._error is not None

    def picture(self, position: int) -> bytes:
        """Return a picture, as soon as it is made."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._pictures) > position or self._is_done or self.is_given_up, _PATIENCE
            )
            if len(self._pictures) > position:
                return self._pictures[position]
            raise self._error or SourceError("this picture is not made any more", "Open the shot again.")

    def give_up(self) -> None:
        """Let the thread end after its current picture."""
        with self._changed:
            self._is_unwanted = True
            self._changed.notify_all()

    def _make(self, pictures: Callable[[], Iterator[bytes]]) -> None:
        try:
            for picture in pictures():
                with self._changed:
                    self._pictures.append(picture)
                    self.n_bytes += len(picture)
                    self._changed.notify_all()
                    if self._is_unwanted:
                        return
            self._is_done = True
        except CartoonizeError as error:
            self._error = error
        except Exception as error:  # the thread has nobody else to tell
            self._error = SourceError(f"the picture cannot be made ({type(error).__name__}: {error})")
        finally:
            with self._changed:
                self._changed.notify_all()


def thumbnail(film: ColoredFilm, shot: ShotDoubt, width: int) -> bytes:
    """Return a small picture of a shot in colour as JPEG: the frame of its worst region.

    Raises
    ------
    UsageError
        If the shot is not in the cache.
    SourceError
        If the film cannot be read.
    """
    cached = _cached(film, shot)
    index = _telling(film, shot)
    frame = next(film.frames(cached, range(index, index + 1)))
    format = film.format
    assert format is not None
    planes = next(planes for k, planes in enumerate(cached.chroma) if k == frame.drawing)
    grey = render.resized(frame.shown, render.shown_size(format, width))
    return render.jpeg(render.colored(grey, planes, cached.planes), quality=85)


def _telling(film: ColoredFilm, shot: ShotDoubt) -> int:
    """Return the index of a frame that shows most of what may be wrong in a shot, and is not in a fade."""
    suggested = (s.frame for s in film.confidence.suggestions if s.shot == shot.shot)
    doubtful = (region.frame for region in shot.regions)
    index = next(chain(suggested, doubtful), (shot.start + shot.stop) // 2)
    return min(max(index, shot.start), shot.stop - 1)


def _grey(film: ColoredFilm, shot: ShotDoubt) -> Iterator[bytes]:
    for frame in film.frames(_cached(film, shot)):
        yield render.jpeg(_shown(film, frame))


def _now(film: ColoredFilm, shot: ShotDoubt) -> Iterator[bytes]:
    for _, picture, _ in _colored(film, _cached(film, shot)):
        yield render.jpeg(picture)


def _before(film: ColoredFilm, shot: ShotDoubt) -> Iterator[bytes]:
    cached = film.earlier(shot)
    if cached is None:
        raise UsageError("this shot has no earlier colours", "It has had these colours from the start.")
    for _, picture, _ in _colored(film, cached):
        yield render.jpeg(picture)


def _loud(film: ColoredFilm, shot: ShotDoubt) -> Iterator[bytes]:
    cached = _cached(film, shot)
    for grey, picture, planes in _colored(film, cached):
        yield render.jpeg(render.with_loud_grey(picture, grey, planes, cached.planes))


def _doubt(film: ColoredFilm, shot: ShotDoubt) -> Iterator[bytes]:
    from cartoonize.review.doubt import DoubtMaps

    for frame, confidence in DoubtMaps(film, _cached(film, shot, tracked=True)):
        yield render.jpeg(render.with_doubt(_shown(film, frame), confidence))


def _colored(
    film: ColoredFilm, cached: CachedShot
) -> Iterator[tuple[render.Picture, render.Picture, Planes]]:
    """Yield for each frame its grey picture, its picture in colour, and its chroma planes."""
    drawing, chroma, planes = -1, iter(cached.chroma), None
    for frame in film.frames(cached):
        if frame.drawing != drawing:
            drawing, planes = frame.drawing, next(chroma)
        assert planes is not None
        grey = _shown(film, frame)
        yield grey, render.colored(grey, planes, cached.planes), planes


def _shown(film: ColoredFilm, frame: Frame) -> render.Picture:
    """Return the black-and-white picture of a frame in the size in which it is shown."""
    assert film.format is not None
    return np.ascontiguousarray(render.resized(frame.shown, render.shown_size(film.format)))


def _cached(film: ColoredFilm, shot: ShotDoubt, *, tracked: bool = False) -> CachedShot:
    cached = film.cached(shot, tracked=tracked)
    if cached is None:
        raise UsageError(_NOT_CACHED, _COLOR_AGAIN)
    if film.format is None:
        raise SourceError(f"{film.source} cannot be read", "Put the film where it was, or colour it again.")
    return cached


#: The layers of a shot, by name: functions that yield its frames as JPEG.
LAYERS: Mapping[str, Callable[[ColoredFilm, ShotDoubt], Iterator[bytes]]] = {
    "grey": _grey,
    "now": _now,
    "before": _before,
    "loud": _loud,
    "doubt": _doubt,
}
