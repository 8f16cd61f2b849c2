"""Shots: divide a stream of frames at its cuts, and colour the shots in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from threading import Lock

from cartoonize.frames import Frame
from cartoonize.prefetch import prefetch

#: Number of shots that are coloured at the same time: networks begin a shot while the one before is painted.
_N_UNDER_WAY = 2


class ShotFrames:
    """The frames between two cuts. They can be iterated over once, in any thread.

    Parameters
    ----------
    first : Frame
        First frame of the shot.
    stream : iterator of Frame
        The frames after it, up to the end of the film.
    on_end : callable
        Called after the last frame, with the first frame of the next shot, or None at the end of the film.
    """

    def __init__(self, first: Frame, stream: Iterator[Frame], on_end: Callable[[Frame | None], None]) -> None:
        self.number, self.start = first.shot, first.index
        self._first, self._stream, self._on_end = first, stream, on_end

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames."""
        yield self._first
        for frame in self._stream:
            if frame.shot != self.number:
                self._on_end(frame)
                return
            yield frame
        self._on_end(None)


@dataclass(frozen=True)
class ShotStream:
    """The coloured frames of one shot, while they are computed."""

    frames: Generator[Frame]
    """Yields the frames, in order."""
    work: Generator[Frame]
    """The generator from which ``frames`` gets them. Its threads have begun; closing it stops them."""

    def close(self) -> None:
        """Stop all threads."""
        self.frames.close()  # this alone has no effect on ``work`` if it was not started yet
        self.work.close()


ColorShot = Callable[[ShotFrames], ShotStream]


def color_shots(frames: Iterable[Frame], color: ColorShot) -> Generator[Frame]:
    """Colour a film shot by shot. A shot begins when all frames of the shot before were read.

    Parameters
    ----------
    frames : iterable of Frame
        With ``shot`` numbers; read in a thread of their own.
    color : callable
        Takes the frames of a shot and returns the stream of its coloured frames. It is called in any thread.
        The stream must read all frames of the shot, in a thread of its own or when its frames are requested.
    """
    with closing(prefetch(frames)) as stream:
        first = next(stream, None)
        if first is not None:
            queue = _Queue(stream, color)
            with closing(queue):
                queue.begin(first)
                yield from queue.run()


class _Queue:
    """The shots of one film that are under way."""

    def __init__(self, stream: Iterator[Frame], color: ColorShot) -> None:
        self._stream, self._color = stream, color
        self._under_way: deque[ShotStream] = deque()
        self._waiting: Frame | None = None
        """First frame of a shot that has not begun."""
        self._closed = False
        self._lock = Lock()

    def begin(self, first: Frame | None) -> None:
        """Begin the shot with this first frame now, or when fewer shots are under way."""
        with self._lock:
            self._waiting = None if self._closed else first
            self._begin_waiting()

    def _begin_waiting(self) -> None:
        first = self._waiting
        if first is not None and len(self._under_way) < _N_UNDER_WAY:
            self._waiting = None
            self._under_way.append(self._color(ShotFrames(first, self._stream, self.begin)))

    def run(self) -> Generator[Frame]:
        """Yield the frames of all shots, in order."""
        while True:
            with self._lock:
                if not self._under_way:
                    return
                stream = self._under_way[0]
            yield from stream.frames
            with self._lock:
                self._under_way.popleft()
                self._begin_waiting()

    def close(self) -> None:
        """Stop all shots that are under way."""
        with self._lock:
            self._closed, self._waiting = True, None
            streams = list(self._under_way)
        for stream in streams:
            stream.close()
