"""Corrections: pins and marks of the state become files of the workspace, and their shots get new colours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any

from cartoonize.annotations.cuts import Cut
from cartoonize.annotations.pins import Pin
from cartoonize.errors import CartoonizeError, UnknownNameError, UsageError
from cartoonize.review import render
from cartoonize.review.correction_files import CorrectionFiles
from cartoonize.review.earlier import keep_earlier_of
from cartoonize.review.journal import Journal
from cartoonize.review.marking import CUTS, THINGS, marks_of_cuts, marks_of_things
from cartoonize.review.open_shots import OpenShots
from cartoonize.review.state import ReviewState
from cartoonize.tracking.confidence import ShotDoubt
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.review.films import ColoredFilm
    from cartoonize.review.open_shot import OpenShot

#: Seconds to wait until a shot has its new colours.
_PATIENCE = 300.0
#: Largest number of places that one action names.
_MAX_PLACES = 1000

_Key = tuple[str, int]


class Corrections:
    """The corrections of a workspace.

    Parameters
    ----------
    workspace : Workspace
        Workspace with ``pins.json``.
    journal : Journal
        Its journal.
    changed : callable
        Called from a thread with a film, a shot and a message when the shot has new colours (""), or could
        not get them.
    """

    def __init__(
        self, workspace: Workspace, journal: Journal, changed: Callable[[ColoredFilm, ShotDoubt, str], None]
    ) -> None:
        self._workspace, self._journal, self._changed = workspace, journal, changed
        self.files = CorrectionFiles(workspace)
        self.open_shots = OpenShots(self._opened)
        self._waiting: dict[_Key, tuple[ColoredFilm, ShotDoubt]] = {}
        """Shots that need new colours, in the order in which they were asked for."""
        self._working: _Key | None = None
        self._news = Condition()
        self._thread: Thread | None = None
        self._is_closed = False

    def completed(
        self, kind: str, film: ColoredFilm, shot: ShotDoubt, arguments: Mapping[str, Any], state: ReviewState
    ) -> Mapping[str, Any]:
        """Return the arguments of a pin for the journal, from those that the page sends.

        Parameters
        ----------
        kind : str
            ``pin``, ``pins`` for several things of a frame, or ``unpin``.
        film, shot
            The shot on which the pin is.
        arguments : mapping
            ``film``, ``frame``; ``x`` and ``y``, or for ``pins`` ``places``, a list of ``[x, y]``, and
            ``similar``, True for all that look the same, too; for new pins also ``color`` and ``reach``, and
            ``shade``, True to keep other pins on lighter and darker places of the same region.
        state : ReviewState
            The state before the action.

        Raises
        ------
        UsageError
            If the shot is accepted or not open, or the place is on a bar.
        """
        if is_accepted(state, film, shot):
            raise UsageError("the shot is accepted, so its colours stay", "Reopen it first.")
        if kind == "unpins":
            raise UsageError("colours are removed one by one", "Remove each of them, or undo.")
        place = {name: arguments.get(name) for name in ("frame", "x", "y")}
        if kind == "unpin":
            known = state.pins.get(film.key, ())
            gone = next((pin for pin in known if {n: getattr(pin, n) for n in place} == place), None)
            if gone is None:
                raise UsageError("this colour was removed already", "Look at the shot again.")
            return {"film": film.key, "pin": asdict(gone), "others": []}
        color, reach = str(arguments.get("color")), str(arguments.get("reach"))
        places = [[place["x"], place["y"]]] if kind == "pin" else arguments.get("places")
        opened = self.opened(film, shot)
        pins: list[Pin] = []
        regions: set[tuple[int, int] | None] = set()
        for x, y in checked_places(places):
            pin = Pin(film.source.stem, int(arguments["frame"]), x, y, color, reach)  # type: ignore[arg-type]
            at = opened.region_at(pin)
            if at is None:
                raise UsageError("there is no picture at this place", "Choose a place of the picture.")
            if at not in regions:
                pins.append(pin)
                regions.add(at)
        if kind == "pins" and arguments.get("similar") is True:
            pins += opened.pins_on_similar(pins)
        # Two colours on one region contradict each other, unless they are shades of it: the later one counts.
        replaced = opened.contradict if arguments.get("shade") is True else opened.share_region
        others = [
            asdict(other) for other in self.files.pins_on(film) if any(replaced(pin, other) for pin in pins)
        ]
        if kind == "pin":
            return {"film": film.key, "pin": asdict(pins[0]), "others": others}
        return {"film": film.key, "pins": [asdict(one) for one in pins], "others": others}

    def marked(
        self, film: ColoredFilm, shot: ShotDoubt, arguments: Mapping[str, Any], state: ReviewState
    ) -> Mapping[str, Any]:
        """Return the arguments of a mark for the journal, from those that the page sends.

        See `marks_of_cuts` and `marks_of_things` for the arguments and errors. ``places`` and
        ``other_places`` are lists of ``[x, y]``.
        """
        if arguments.get("do") in CUTS:
            known = [one for one in self.files.marks_on(film) if isinstance(one, Cut)]
            return marks_of_cuts(film, arguments, state, known)
        if arguments.get("do") not in THINGS:
            raise UnknownNameError("mark", str(arguments.get("do")), [*CUTS, *THINGS])
        if is_accepted(state, film, shot):
            raise UsageError("the shot is accepted, so its colours stay", "Reopen it first.")
        other = "from" if arguments["do"] == "split" else "other_frame"
        frames = {arguments.get("frame"), arguments.get(other, arguments.get("frame"))}
        if not all(type(frame) is int and shot.start <= frame < shot.stop for frame in frames):
            raise UsageError("the things are not in one shot", "Pick two things of one shot.")
        opened = self.opened(film, shot)
        places = checked_places(arguments.get("places"))
        others = checked_places(arguments["other_places"]) if "other_places" in arguments else []
        return marks_of_things(film, opened, arguments, places, others)

    def opened(self, film: ColoredFilm, shot: ShotDoubt, *, waits: bool = False) -> OpenShot:
        """Return an open shot with the tracks as the user has divided and joined them.

        Parameters
        ----------
        film, shot
            The shot.
        waits : bool
            True to open it and wait; else `UsageError` is raised if it is not open.
        """
        found = self.open_shots.get(film, shot) if waits else self.open_shots.ready(film, shot)
        edits = [one for one in self.files.marks_on(film) if not isinstance(one, Cut)]
        found.follow(edits, self.files.paint_rules())
        return found

    def rule(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the arguments of a paint rule for the journal, from the rule that a page sends."""
        before = next((one for one in self.files.paint_rules() if one.color == arguments.get("color")), None)
        is_empty = set(arguments.values()) == {arguments.get("color"), "", False}
        return {"before": before and asdict(before), "after": None if is_empty else dict(arguments)}

    def recolor(self, shots: Iterable[tuple[ColoredFilm, ShotDoubt]]) -> None:
        """Give shots the colours of the present pins, in a thread, one after the other."""
        with self._news:
            for film, shot in shots:
                self._waiting[film.key, shot.start] = film, shot
            if self._thread is None and self._waiting:
                self._thread = Thread(target=self._work, daemon=True)
                self._thread.start()
            self._news.notify_all()

    def wait_for(self, film: str | None = None, starts: Iterable[int] = ()) -> None:
        """Wait until shots have the colours of the present pins; without a film, all shots."""
        keys = {(film, start) for start in starts}

        def is_done() -> bool:
            busy = {*self._waiting, *([self._working] if self._working else [])}
            return not (busy & keys if film is not None else busy)

        with self._news:
            if not self._news.wait_for(is_done, _PATIENCE):
                raise UsageError("the shot does not have its new colours yet", "Wait a moment.")

    def is_recoloring(self, film: ColoredFilm, shot: ShotDoubt) -> bool:
        """Return whether a shot will get new colours."""
        key = film.key, shot.start
        return key in self._waiting or key == self._working

    def picture(self, film: ColoredFilm, shot: ShotDoubt, index: int) -> bytes:
        """Return a frame with the colours of the present pins as JPEG, before the shot has them."""
        opened, format = self.opened(film, shot), film.format
        cached = film.cached(shot)
        if cached is None or format is None:
            raise UsageError("the colours of this shot are not in the cache", "Colour the films again.")
        if not shot.start <= index < shot.stop:
            raise UnknownNameError("frame", str(index), [f"{shot.start} to {shot.stop - 1}"])
        planes = opened.frame_with(index, self.files.pins_on(film))
        grey = opened.grey(index)
        if grey is None:
            grey = next(film.frames(cached, range(index, index + 1))).shown
        return render.jpeg(
            render.colored(render.resized(grey, render.shown_size(format)), planes, cached.planes)
        )

    def close(self) -> None:
        """Begin no more work. What was not done is done when the shot is opened again."""
        with self._news:
            self._is_closed = True
            self._waiting.clear()
            self._news.notify_all()

    def _opened(self, film: ColoredFilm, shot: ShotDoubt) -> None:
        """Give a shot new colours if it does not have those of the present pins, as after a kill."""
        message, prepare = "", None
        try:
            opened, pins = self.opened(film, shot), self.files.pins_on(film)
            if not is_accepted(self._journal.state(), film, shot):
                if opened.has_colors_of(pins):
                    prepare = partial(opened.prepare, pins)
                else:
                    self.recolor([(film, shot)])
        except CartoonizeError as error:
            message = str(error)
        self._changed(film, shot, message)
        if prepare is not None:
            prepare()

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: bool(self._waiting) or self._is_closed)
                if self._is_closed:
                    return
                self._working = next(iter(self._waiting))
                film, shot = self._waiting.pop(self._working)
            message = ""
            try:
                self._recolor(film, shot)
            except CartoonizeError as error:
                message = str(error)
            except Exception as error:  # the thread has nobody else to tell
                message = f"the shot cannot get its new colours ({type(error).__name__}: {error})"
            with self._news:
                self._working = None
                self._news.notify_all()
            self._changed(film, shot, message)

    def _recolor(self, film: ColoredFilm, shot: ShotDoubt) -> None:
        """Write the cached shot with the colours of the present pins, and keep the earlier file."""
        opened = self.opened(film, shot, waits=True)
        pins = self.files.pins_on(film)
        if opened.has_colors_of(pins):
            return
        recolored, path = opened.recolored(pins), film.cached_path(shot)
        if path is None or not path.exists():
            raise UsageError("the shot is not in the cache any more", "Colour the films again.")
        keep_earlier_of(film, shot)
        with self.open_shots.replacing(film, shot):
            recolored.write(path)


def is_accepted(state: ReviewState, film: ColoredFilm, shot: ShotDoubt) -> bool:
    """Return whether a person has accepted a shot, so that its colours stay."""
    return (shot.start, shot.stop) in state.accepted.get(film.key, ())


def checked_places(places: Any) -> list[tuple[float, float]]:
    """Return places from a request as pairs of shares of the picture; at least one.

    Raises
    ------
    UsageError
        If there is none, or too many, or one is not a pair of numbers.
    """
    if not isinstance(places, list) or not 0 < len(places) <= _MAX_PLACES:
        raise UsageError("no place of the picture is given", "Load the page again.")
    if not all(isinstance(place, list) and len(place) == 2 for place in places):
        raise UsageError("a place is not a pair of shares of the picture", "Load the page again.")
    return [(_number(x), _number(y)) for x, y in places]


def _number(value: Any) -> float:
    """Return a share as a number, or raise `UsageError`."""
    with suppress(TypeError, ValueError):
        return float(value)
    raise UsageError(f"{value!r} is not a share of the picture", "Load the page again.")
