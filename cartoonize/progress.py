"""Progress of the work in words: how much is done, how fast, and how long it still takes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from cartoonize.reporting import duration

#: Smallest time between two samples of `Pace`, in seconds.
_SPACING = 0.5


class Pace:
    """The rate of a piece of work, over the last three quarters of the time that it has taken so far.

    Frames come in bursts, shot by shot, so that a short time tells little. They come faster from the cache,
    which often has the first shots, so that the first quarter does not count.

    Parameters
    ----------
    done : int
        Units done at the beginning.
    now : float
        Time of the beginning, in seconds.
    """

    def __init__(self, done: int, now: float) -> None:
        self._began, self._done = now, done
        self._samples = deque([(now, done)])

    def add(self, done: int, now: float) -> None:
        """Add the number of units done at a time."""
        self._done = done
        if now - self._samples[-1][0] >= _SPACING:
            self._samples.append((now, done))
        since = self._began + (now - self._began) / 4
        while len(self._samples) > 1 and self._samples[1][0] <= since:
            self._samples.popleft()

    def rate(self, now: float) -> float:
        """Return units a second; 0 if it is not known yet."""
        since, done = self._samples[0]
        return max(0.0, self._done - done) / (now - since) if now - since >= 1 else 0.0


@dataclass
class Work:
    """A piece of work under a label."""

    label: str
    pace: Pace
    done: int = 0
    total: int = 0
    note: str = ""
    unit: str = ""

    @property
    def is_finished(self) -> bool:
        """True if all units are done."""
        return 0 < self.total <= self.done

    @property
    def share(self) -> float | None:
        """Share of the units that are done, 0..1; None if their number is unknown."""
        return min(self.done / self.total, 1) if self.total else None

    def count(self) -> str:
        """Return how much is done: "312 of 1440 frames", "21%", "312 frames"."""
        if self.total and not self.unit:
            return f"{min(self.done / self.total, 1):.0%}"
        of_total = f"{self.done} of {self.total}" if self.total else str(self.done)
        return f"{of_total} {self.unit}".strip()

    def speed(self, now: float) -> str:
        """Return the rate: "5.2 a second", "12 a minute"; "" if unknown, and for shares."""
        rate = self.pace.rate(now)
        if not self.unit or not rate:
            return ""
        for seconds, name in ((1, "second"), (60, "minute"), (3600, "hour")):
            if rate * seconds >= 1 or name == "hour":
                break
        value = rate * seconds
        return f"{value:.1f} a {name}" if value < 9.95 else f"{value:.0f} a {name}"

    def left(self, now: float) -> str:
        """Return the time left: "about 4 min left"; "" if unknown."""
        rate = self.pace.rate(now)
        if self.is_finished or not self.total or not rate:
            return ""
        return f"about {duration((self.total - self.done) / rate)} left"

    def words(self, now: float) -> str:
        """Return count, rate, time left and note: what of them is known."""
        return ", ".join(filter(None, (self.count(), self.speed(now), self.left(now), self.note)))


@dataclass
class Works:
    """All pieces of work of a command, by label. Any thread may call the methods."""

    clock: Callable[[], float] = time.monotonic
    _works: dict[str, Work] = field(default_factory=dict)
    """By label, the latest progress last."""
    _news: set[str] = field(default_factory=set)
    """Labels with progress since the last call of `lines`."""
    _lock: Lock = field(default_factory=Lock)

    def progress(self, label: str, done: int, total: int, note: str, unit: str) -> Work:
        """Take a report; return the work."""
        with self._lock:
            now = self.clock()
            work = self._works.pop(label, None)
            if work is None or done < work.done:  # new, or the same again
                work = Work(label, Pace(done, now))
            self._works[label] = work
            work.pace.add(done, now)
            work.done, work.total, work.note, work.unit = done, total, note, unit
            self._news.add(label)
            return work

    def lines(self) -> list[str]:
        """Return a line for each piece of work that is under way.

        Work without progress since the last call may have been given up. If there is no other, the latest one
        is still under way.
        """
        with self._lock:
            now = self.clock()
            with_news = [work for label, work in self._works.items() if label in self._news]
            under_way = with_news or list(self._works.values())[-1:]
            self._news.clear()
            return [f"{work.label}: {work.words(now)}" for work in under_way if not work.is_finished]

    def under_way(self) -> list[Work]:
        """Return the pieces of work that are not finished, the latest progress last."""
        with self._lock:
            return [work for work in self._works.values() if not work.is_finished]
