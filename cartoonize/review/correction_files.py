"""Correction files: pins, cuts, edits of tracks and paints as files of the workspace, for `colorize`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cartoonize.annotations.cuts import Cut, read_cuts, write_cuts
from cartoonize.annotations.paint_rules import PaintRule, read_paint_rules, write_paint_rules
from cartoonize.annotations.pins import Pin, read_pins, write_pins
from cartoonize.annotations.track_edits import Join, Split, read_track_edits, write_track_edits
from cartoonize.errors import CartoonizeError
from cartoonize.review.marks import Mark
from cartoonize.review.state import ReviewState
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.review.films import ColoredFilm

T = TypeVar("T", Pin, Cut, Split | Join, PaintRule)


class CorrectionFiles:
    """The files of the corrections of a workspace.

    Parameters
    ----------
    workspace : Workspace
        Workspace of the films.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._used = workspace.root / "review"

    def write(self, state: ReviewState) -> None:
        """Write the files from the state. What no action has named stays as it is."""
        workspace, known = self._workspace, state.known_marks
        cuts = {film: [m for m in of if isinstance(m, Cut)] for film, of in state.marks.items()}
        edits = {film: [m for m in of if not isinstance(m, Cut)] for film, of in state.marks.items()}
        _follow(workspace.pins, read_pins, write_pins, state.pins, state.known_pins)
        _follow(workspace.cuts, read_cuts, write_cuts, cuts, known)
        _follow(workspace.tracks, read_track_edits, write_track_edits, edits, known)
        rules = read_paint_rules(workspace.paints)
        said = [rule for rule in state.paint_rules.values() if rule is not None]
        wanted = [*(rule for rule in rules if rule.color not in state.paint_rules), *said]
        if wanted != rules:
            write_paint_rules(workspace.paints, wanted)

    def pins_on(self, film: ColoredFilm) -> list[Pin]:
        """Return all pins on a film, as the next `colorize` will read them."""
        return [pin for pin in read_pins(self._workspace.pins) if pin.episode == film.source.stem]

    def paint_rules(self) -> list[PaintRule]:
        """Return what is known of paints, as the next `colorize` will read it."""
        return read_paint_rules(self._workspace.paints)

    def marks_on(self, film: ColoredFilm) -> list[Mark]:
        """Return all marks on a film, as the next `colorize` will read them."""
        marks: list[Mark] = [*read_cuts(self._workspace.cuts), *read_track_edits(self._workspace.tracks)]
        return [mark for mark in marks if mark.episode == film.source.stem]

    def n_waiting(self, state: ReviewState) -> int:
        """Return the number of corrections of this page without which the films were coloured last.

        Those with which they still were, though they are gone, count as well.
        """
        pins = set(chain(*state.pins.values())) ^ (self.used_pins() & state.known_pins)
        marks = set(chain(*state.marks.values())) ^ (self._used_marks() & state.known_marks)
        rules = {rule.change for rule in state.paint_rules.values() if rule is not None and rule.acts}
        used = self._read_used("paints", read_paint_rules)
        used_rules = {rule.change for rule in used if rule.color in state.paint_rules and rule.acts}
        return len(pins) + len(marks) + len(rules ^ used_rules)

    def used_pins(self) -> set[Pin]:
        """Return the pins with which a job of the page has coloured the films last."""
        return set(self._read_used("pins", read_pins))

    def _used_marks(self) -> set[Mark]:
        return {*self._read_used("cuts", read_cuts), *self._read_used("tracks", read_track_edits)}

    def _read_used(self, name: str, read: Callable[[Path], list[T]]) -> list[T]:
        """Return what the latest job of the page has used; nothing if the file is damaged."""
        try:
            return read(self._used / f"used-{name}.json")
        except CartoonizeError:
            return []

    def note_used(self) -> Callable[[], None]:
        """Read the corrections; return a function that notes that the films were coloured with these."""
        workspace = self._workspace
        pins, cuts = read_pins(workspace.pins), read_cuts(workspace.cuts)
        edits, rules = read_track_edits(workspace.tracks), read_paint_rules(workspace.paints)

        def note() -> None:
            _replace(self._used / "used-pins.json", write_pins, pins)
            _replace(self._used / "used-cuts.json", write_cuts, cuts)
            _replace(self._used / "used-tracks.json", write_track_edits, edits)
            _replace(self._used / "used-paints.json", write_paint_rules, rules)

        return note


def _follow(
    path: Path,
    read: Callable[[Path], list[T]],
    write: Callable[[Path, Sequence[T]], None],
    of_page: Mapping[str, Sequence[T]],
    known: frozenset[Pin] | frozenset[Mark],
) -> None:
    """Write a file with what the page has of each film, and what it does not know of."""
    found = read(path)
    wanted = [one for one in found if one not in known]
    for film in sorted(of_page):
        wanted += of_page[film]
    if wanted != found:
        write(path, wanted)


def _replace(path: Path, write: Callable[[Path, Sequence[T]], None], entries: Sequence[T]) -> None:
    """Write a file, unless it would be the first one and empty."""
    if entries or path.exists():
        write(path, entries)
