"""Known colours of a part of a shot: those that were given, and those that were carried to other drawings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.filters.segments import SegmentedDrawing

if TYPE_CHECKING:
    from cartoonize.annotations.hints import ColorHints
    from cartoonize.optical_flow import Paths
    from cartoonize.tracking.carry import Given
    from cartoonize.tracking.parts import Parts


@dataclass(frozen=True, slots=True, eq=False)
class _Arrived:
    """Hints of the first drawing that an earlier part has carried to it."""

    given: Given
    votes: NDArray[np.bool_]
    """(height, width) True for hints that are votes for tracks."""


class PartHints:
    """Known colours of the drawings of a part of a shot, by the position of the drawing."""

    def __init__(self) -> None:
        self.given: dict[int, ColorHints] = {}
        """Hints that a person gave, and those that an earlier part has carried to the first drawing."""
        self.known: Mapping[int, ColorHints] = {}
        """Hints that are shown; after `carry`, those of all drawings."""
        self.votes: Mapping[int, ColorHints] = {}
        """Those of them that are votes for tracks."""
        self._arrived: _Arrived | None = None
        self._carried: Sequence[Given] = ()

    def copy(self) -> PartHints:
        """Return a copy to which other hints can be added, before they are carried."""
        other = PartHints()
        other.given, other._arrived = dict(self.given), self._arrived
        return other

    def add(self, k: int, hints: ColorHints) -> None:
        """Add the hints that a person gave for a frame of a drawing."""
        before = self.given.get(k)
        self.given[k] = before.combined_with(hints) if before else hints
        if k == 0 and self._arrived is not None:
            is_new = hints.confidence > 0
            given = replace(self._arrived.given, hints=self.given[0])
            given = replace(given, is_patch=given.is_patch & ~is_new, unseen=np.zeros_like(is_new))
            self._arrived = _Arrived(given, self._arrived.votes | is_new)

    def whole(self, k: int, parts: Parts) -> ColorHints:
        """Return the hints for a drawing without patches."""
        given = self._given(k, parts)
        return given.hints.without(given.is_patch)

    def voting(self, k: int, parts: Parts) -> ColorHints:
        """Return the hints for a drawing that are votes for tracks.

        A pin is about one thing, and so is paint on a part of a picture. As votes, they would move other
        tracks of the same lightness, too.
        """
        from cartoonize.tracking.patches import painted_in_part

        hints = self.whole(k, parts)
        hints = hints.without_pinned().without(painted_in_part(self.given[k], parts))
        return hints if k or self._arrived is None else hints.without(~self._arrived.votes)

    def use_given(self, drawings: Sequence[SegmentedDrawing]) -> None:
        """Show the hints only where they were given."""
        self.known, self.votes = self.given, self._voting(drawings)

    def carry(self, drawings: Sequence[SegmentedDrawing], paths: Sequence[Paths]) -> None:
        """Carry the hints to all drawings.

        Parameters
        ----------
        drawings : sequence of SegmentedDrawing
            The drawings of the part.
        paths : sequence of Paths
            Paths between each drawing and the next one; one fewer than drawings.
        """
        from cartoonize.tracking.carry import carried

        if not self.given:
            return
        greys, parts = [d.grey for d in drawings], [d.parts for d in drawings]
        given = {k: self._given(k, parts[k]) for k in self.given}
        self._carried = carried(greys, parts, paths, given)
        self.known = self.votes = {k: one.hints for k, one in enumerate(self._carried)}
        votes = self._voting(drawings)
        if all(len(votes.get(k, ())) == len(hints) for k, hints in self.given.items()):
            return
        # Votes do not spread over known colours that are none.
        voting = {k: _with_hints(given[k], hints) for k, hints in votes.items()}
        self.votes = {}
        if voting:
            self.votes = {k: one.hints for k, one in enumerate(carried(greys, parts, paths, voting))}

    def after(self, n: int, is_trusted: NDArray[np.bool_] | None) -> PartHints:
        """Return the hints for the next part, which begins with the drawing at the position ``n``.

        Parameters
        ----------
        n : int
            Position of its first drawing.
        is_trusted : bool array, shape (height, width), optional
            Where the known colours of this drawing are trusted. Others are not handed over.
        """
        following = PartHints()
        following.given = {k - n: hints for k, hints in self.given.items() if k >= n}
        if n < len(self._carried) and is_trusted is not None:
            given = self._carried[n]
            given = replace(given, hints=given.hints.without(~is_trusted))
            votes = self.votes[n].confidence > 0 if n in self.votes else np.zeros_like(is_trusted)
            following.given[0], following._arrived = given.hints, _Arrived(given, votes)
        return following

    def _given(self, k: int, parts: Parts) -> Given:
        from cartoonize.tracking.carry import Given

        if k == 0 and self._arrived is not None:
            return self._arrived.given
        return Given.by_person(self.given[k], parts)

    def _voting(self, drawings: Sequence[SegmentedDrawing]) -> dict[int, ColorHints]:
        """Return the hints that are votes, of drawings that have some."""
        return {k: own for k in self.given if len(own := self.voting(k, drawings[k].parts))}


def _with_hints(given: Given, hints: ColorHints) -> Given:
    """Return what was given with only these hints."""
    unseen = given.unseen & (given.hints.confidence == 0)
    return replace(given, hints=hints, is_patch=np.zeros_like(unseen), unseen=unseen)
