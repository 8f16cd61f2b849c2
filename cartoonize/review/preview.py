"""Preview: what the corrections that wait will change in the other shots and films, before they do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from cartoonize.errors import CartoonizeError, UnknownNameError
from cartoonize.review.corrections import Corrections, is_accepted
from cartoonize.review.journal import Journal
from cartoonize.review.state import ReviewState
from cartoonize.tracking.confidence import ShotDoubt

if TYPE_CHECKING:
    from cartoonize.annotations.pins import Pin
    from cartoonize.review.coming import ComingChange
    from cartoonize.review.films import ColoredFilm
    from cartoonize.tracking.memory import Memory

#: Width of the pictures in pixels.
_WIDTH = 320
#: Number of shots after which pages are told what was found.
_TELL_EVERY = 10

_Key = tuple[str, int]


@dataclass
class _Found:
    """What was found for one state."""

    version: int
    n_shots: int = 0
    n_done: int = 0
    is_done: bool = False


class Preview:
    """The coming changes of the films of a workspace.

    Parameters
    ----------
    journal : Journal
    corrections : Corrections
    films : callable
        Returns the films by key.
    told : callable
        Called from a thread when more was found.
    """

    def __init__(
        self,
        journal: Journal,
        corrections: Corrections,
        films: Callable[[], Mapping[str, ColoredFilm]],
        told: Callable[[], None],
    ) -> None:
        self._journal, self._corrections, self._films, self._told = journal, corrections, films, told
        self._lock = Lock()
        self._found = _Found(-1)
        self._changes: dict[_Key, ComingChange] = {}

    def as_json(self) -> dict[str, Any]:
        """Return what was found for the latest state. If it is a new one, begin to look."""
        state = self._journal.state()
        with self._lock:
            if state.version != self._found.version:
                self._found, self._changes = _Found(state.version), {}
                Thread(target=self._work, args=(state, self._found), daemon=True).start()
            found = self._found
            changes = [
                {"film": film, "start": start, "share": round(change.share, 4)}
                for (film, start), change in sorted(self._changes.items(), key=lambda one: -one[1].share)
            ]
        return {
            "version": found.version,
            "is_done": found.is_done,
            "done": found.n_done,
            "of": found.n_shots,
            "changes": changes,
        }

    def picture(self, film: ColoredFilm, shot: ShotDoubt, side: str) -> bytes:
        """Return a shot ``before`` or ``after`` its change as JPEG, at the frame that shows most of it.

        Raises
        ------
        UnknownNameError
            If no change of this shot was found, or there is no such side.
        SourceError
            If the film cannot be read.
        """
        from cartoonize.review import render
        from cartoonize.review.coming import with_coming_colors

        change = self._changes.get((film.key, shot.start))
        cached, format = film.cached(shot, tracked=True), film.format
        if change is None or cached is None or format is None or side not in ("before", "after"):
            raise UnknownNameError("change of a shot", f"{shot.start}/{side}", [])
        n_before = int(cached.n_held[: change.drawing].sum())
        index = cached.start + n_before
        frame = next(film.frames(cached, range(index, index + 1)))
        planes = next(planes for k, planes in enumerate(cached.chroma) if k == change.drawing)
        size = render.shown_size(format, _WIDTH)
        picture = render.colored(render.resized(frame.shown, size), planes, cached.planes)
        if side == "after":
            area = cached.area
            if area is None:
                picture = with_coming_colors(picture, frame, cached, change)
            else:
                scaled = area.scaled((size[1] / format.height, size[0] / format.width))
                inside = scaled.of(picture)
                inside[:] = with_coming_colors(inside, frame.having(area=area).cropped, cached, change)
        return render.jpeg(picture, quality=88)

    def _work(self, state: ReviewState, found: _Found) -> None:
        try:
            for n, (key, change) in enumerate(self._look(state, found), 1):
                with self._lock:
                    if self._found is not found:
                        return
                    found.n_done = n
                    if change is not None:
                        self._changes[key] = change
                if n % _TELL_EVERY == 0:
                    self._told()
        except CartoonizeError as error:
            logging.getLogger("cartoonize").warning("%s", error)
        finally:
            found.is_done = True
            self._told()

    def _look(self, state: ReviewState, found: _Found) -> Iterator[tuple[_Key, ComingChange | None]]:
        from cartoonize.coloring.evidence_file import read_evidence
        from cartoonize.review.coming import coming_change

        films = self._films()
        waiting = list(self._waiting(films))
        found.n_shots = sum(len(film.shots) for film in films.values())
        numbers = {pin.number for film in films.values() for pin in self._corrections.files.pins_on(film)}
        for film in films.values():
            folder = film.shots_folder
            evidence = read_evidence(folder.parent) if folder is not None else None
            own = {shot.start for other, shot, _ in waiting if other is film}
            after = None
            if evidence is not None and evidence.recognises:
                after = _remembering(evidence.memory, numbers, waiting, self._corrections)
            for shot in film.shots:
                change = None
                is_free = shot.start not in own and not is_accepted(state, film, shot)
                if after is not None and evidence is not None and is_free:
                    cached = film.cached(shot, tracked=True)
                    if cached is not None and cached.tracks is not None:
                        change = coming_change(cached.tracks, evidence.memory, after)
                yield (film.key, shot.start), change

    def _waiting(self, films: Mapping[str, ColoredFilm]) -> Iterator[tuple[ColoredFilm, ShotDoubt, Pin]]:
        """Yield the pins that the films were not coloured with yet, and their shots."""
        used = self._corrections.files.used_pins()
        for film in films.values():
            for pin in self._corrections.files.pins_on(film):
                shot = next((one for one in film.shots if one.start <= pin.frame < one.stop), None)
                if pin not in used and pin.reach == "everywhere" and shot is not None:
                    yield film, shot, pin


def _remembering(
    memory: Memory,
    numbers: set[int],
    waiting: list[tuple[ColoredFilm, ShotDoubt, Pin]],
    corrections: Corrections,
) -> Memory:
    """Return what a film will remember: without pins that are gone, and with those that wait."""
    after = memory.without_pins(numbers, of_all_films=True)
    for film, shot, pin in waiting:
        if pin.number not in after.pins:
            corrections.opened(film, shot, waits=True).remember(after, pin)
    return after
