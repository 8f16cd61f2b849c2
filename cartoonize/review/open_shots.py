"""Open shots: the shots that are ready for corrections, at most two, since each needs its frames."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING

from cartoonize.errors import CartoonizeError, SourceError, UsageError
from cartoonize.tracking.confidence import ShotDoubt

if TYPE_CHECKING:
    from cartoonize.review.films import ColoredFilm
    from cartoonize.review.open_shot import OpenShot

#: Largest number of shots that are open at the same time, and of their drawings, with about 1.5 MB each. The
#: latest shot stays open in any case.
_N_OPEN, _MAX_DRAWINGS = 2, 400
#: Seconds to wait until a shot is open.
_PATIENCE = 300.0

_Key = tuple[str, int]


@dataclass
class _Opened:
    """A shot that is open, or is being opened."""

    shot: Future[OpenShot]
    tag: str | None
    """Tag of the cached file that it has the colours of; None while this shot replaces the file."""

    def is_of(self, tag: str) -> bool:
        """Return whether the shot has the colours of the file with this tag."""
        return self.tag in (tag, None)

    @property
    def is_open(self) -> bool:
        return self.shot.done() and self.shot.exception() is None

    @property
    def has_failed(self) -> bool:
        return self.shot.done() and self.shot.exception() is not None


class OpenShots:
    """The shots that were opened last.

    Parameters
    ----------
    opened : callable
        Called from a thread with the film and the shot when a shot is open, or could not be opened.
    """

    def __init__(self, opened: Callable[[ColoredFilm, ShotDoubt], None]) -> None:
        self._opened, self._lock = opened, Lock()
        self._shots: OrderedDict[_Key, _Opened] = OrderedDict()
        """By film and first frame; the one that was used last is the last."""

    def open(self, film: ColoredFilm, shot: ShotDoubt) -> Future[OpenShot]:
        """Open a shot in a thread, unless it is open, and return it as a promise."""
        key = film.key, shot.start
        with self._lock:
            tag, found = film.tag(shot), self._shots.get(key)
            if found is None or found.has_failed or not found.is_of(tag):
                found = self._shots[key] = _Opened(Future(), tag)
                Thread(target=self._make, args=(found.shot, film, shot), daemon=True).start()
            self._shots.move_to_end(key)
            while len(self._shots) > _N_OPEN:
                self._shots.popitem(last=False)
        return found.shot

    def get(self, film: ColoredFilm, shot: ShotDoubt) -> OpenShot:
        """Return an open shot; open it and wait if it is not.

        Raises
        ------
        UsageError, SourceError
            If it cannot be opened.
        """
        return self.open(film, shot).result(_PATIENCE)

    def ready(self, film: ColoredFilm, shot: ShotDoubt) -> OpenShot:
        """Return an open shot, or raise `UsageError` if it is not open yet."""
        with self._lock:
            found = self._shots.get((film.key, shot.start))
            is_ready = found is not None and found.shot.done() and found.is_of(film.tag(shot))
        if found is None or not is_ready:
            raise UsageError("the shot is not ready to correct yet", "Wait a moment.")
        return found.shot.result()

    def names(self) -> list[tuple[str, int]]:
        """Return the film and the first frame of each shot that is open."""
        with self._lock:
            return [key for key, found in self._shots.items() if found.is_open]

    @contextmanager
    def replacing(self, film: ColoredFilm, shot: ShotDoubt) -> Iterator[None]:
        """Keep a shot open while its file is replaced by the colours that the open shot has.

        After an error the file has other colours than the shot, so the shot is closed.
        """
        key = film.key, shot.start
        with self._lock:
            found = self._shots.get(key)
            if found is not None:
                found.tag = None
        try:
            yield
        except BaseException:
            with self._lock:
                self._shots.pop(key, None)
            raise
        with self._lock:
            if found is not None:
                found.tag = film.tag(shot)

    def _make(self, future: Future[OpenShot], film: ColoredFilm, shot: ShotDoubt) -> None:
        try:
            future.set_result(_read(film, shot))
        except CartoonizeError as error:
            future.set_exception(error)
        except Exception as error:  # the thread has nobody else to tell
            future.set_exception(SourceError(f"the shot cannot be opened ({type(error).__name__}: {error})"))
        self._close_early_ones()
        self._opened(film, shot)

    def _close_early_ones(self) -> None:
        """Close shots, the one that was used first, until all have few enough drawings."""
        with self._lock:
            while len(self._shots) > 1 and sum(map(_n_drawings, self._shots.values())) > _MAX_DRAWINGS:
                self._shots.popitem(last=False)


def _n_drawings(opened: _Opened) -> int:
    return len(opened.shot.result().tracks.firsts) if opened.is_open else 0


def _read(film: ColoredFilm, shot: ShotDoubt) -> OpenShot:
    """Read and segment a shot."""
    from cartoonize.coloring.evidence_file import read_evidence
    from cartoonize.coloring.options import ColorizeOptions
    from cartoonize.filters.refine import RefineOptions
    from cartoonize.review.open_shot import OpenShot
    from cartoonize.video import open_source

    cached = film.cached(shot, tracked=True)
    if cached is None or film.shots_folder is None:
        raise UsageError("the colours of this shot are not in the cache", "Colour the films again.")
    evidence = read_evidence(film.shots_folder.parent)
    if evidence is None:
        raise SourceError(f"what is known of the colours of {film.name} is damaged", "Colour it again.")
    with open_source(film.source, allow_damaged=True) as source:
        options = ColorizeOptions(refine=RefineOptions("tracks"))
        opened = OpenShot(source, cached, shot.shot, evidence, options)
    # What is loaded and prepared at the first use is ready then when a person waits for it.
    opened.frame_with(shot.start, ())
    return opened
