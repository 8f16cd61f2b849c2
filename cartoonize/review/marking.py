"""Marking: from what a page asks for to marks: where shots begin, and which things are one or two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cartoonize.annotations.cuts import Cut
from cartoonize.annotations.track_edits import Join, Split
from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.review.marks import Mark, as_fields
from cartoonize.review.state import ReviewState

if TYPE_CHECKING:
    from cartoonize.review.films import ColoredFilm
    from cartoonize.review.open_shot import OpenShot

Arguments = Mapping[str, Any]
Places = Sequence[tuple[float, float]]
#: What a page asks for, by name.
CUTS, THINGS = ("cut", "uncut", "move"), ("split", "join")


def marks_of_cuts(
    film: ColoredFilm, arguments: Arguments, state: ReviewState, known: Sequence[Cut]
) -> Arguments:
    """Return the arguments of a mark of cuts for the journal.

    Parameters
    ----------
    film : ColoredFilm
    arguments : mapping
        ``do``: ``cut``, a shot begins with ``frame``; ``uncut``, the shot that begins with ``frame`` goes on
        from the one before; or ``move``, the shot that begins with ``from`` begins with ``frame`` instead.
    state : ReviewState
        The state before the action.
    known : sequence of Cut
        Corrections of the cuts of the film, which the next colouring uses.

    Raises
    ------
    UsageError
        If an accepted shot would change, or there is no such cut.
    """
    do, frame = arguments["do"], arguments.get("frame")
    ends = [frame] if do == "uncut" else [arguments.get("from")] if do == "move" else []
    begins = [frame] if do != "uncut" else []
    said = {cut.frame: cut for cut in known}
    starts = {shot.start for shot in film.shots} - {n for n, cut in said.items() if not cut.is_cut}
    starts |= {n for n, cut in said.items() if cut.is_cut}
    new: list[Cut] = []
    gone: list[Cut] = []
    for at in [*ends, *begins]:
        if type(at) is not int or not 0 < at < film.shots[-1].stop:
            raise UsageError(f"no shot of {film.name} can begin at frame {at}", "Choose another frame.")
        _check_free(film, state, at)
        is_cut = at in begins
        if is_cut and at in starts:
            raise UsageError(f"a shot begins at frame {at} already", "Choose another frame.")
        if not is_cut:
            _check_joinable(film, at)
        if at in said:  # what the user has said before is taken back
            gone.append(said[at])
        else:
            new.append(Cut(film.source.stem, at, is_cut))
    titles = {"cut": "begin a shot at", "uncut": "join two shots at", "move": "move a cut to"}
    return _arguments(film, f"{titles[do]} frame {frame}", new, gone)


def _check_free(film: ColoredFilm, state: ReviewState, frame: int) -> None:
    """Raise `UsageError` if a cut at a frame would change an accepted shot."""
    accepted = state.accepted.get(film.key, frozenset())
    for start, stop in accepted:
        if start <= frame <= stop:
            raise UsageError(
                f"the shot of frames {start} to {stop - 1} is accepted, so it stays", "Reopen it first."
            )


def _check_joinable(film: ColoredFilm, start: int) -> None:
    """Raise an error if no shot begins at a frame, or a shot must begin there."""
    shots = {shot.start: shot for shot in film.shots}
    if start not in shots:
        raise UnknownNameError("cut", f"at frame {start}", list(map(str, sorted(shots)[1:])))
    before = next(shot for shot in film.shots if shot.stop == start)
    cached = film.cached(shots[start]), film.cached(before)
    if cached[0] is None or cached[1] is None:
        raise UsageError("the colours of these shots are not in the cache", "Colour the films again.")
    if cached[0].area != cached[1].area:
        raise UsageError("the black bars change at this cut, so that a shot must begin", "Leave the cut.")
    if cached[0].n_mixed[0] and cached[1].n_mixed[1]:
        raise UsageError("the cut is the middle of a transition, so that a shot must begin", "Leave the cut.")


def marks_of_things(
    film: ColoredFilm, opened: OpenShot, arguments: Arguments, places: Places, others: Places
) -> Arguments:
    """Return the arguments of a mark of things for the journal.

    Parameters
    ----------
    film : ColoredFilm
    opened : OpenShot
        The shot in which the things are.
    arguments : mapping
        ``do``: ``split``, from the drawing on that the frame ``from`` shows, the things are others than
        before; or ``join``, they and those of ``other_frame`` are one.
    places, others : sequence of (float, float)
        Places of the things in ``frame``, and in ``other_frame``.

    Raises
    ------
    UsageError
        If there is nothing to divide or to join.
    """
    name, frame = film.source.stem, arguments["frame"]
    if arguments["do"] == "split":
        begin = opened.tracks.first_of(arguments["from"])
        found = _by_track(opened, [(frame, place) for place in places])
        before = [track for track in found if opened.tracks.extent(track)[0] < begin]
        if not before:
            raise UsageError(
                f"it is not seen before frame {begin}", "Go to the first frame that shows another thing."
            )
        shown = [place for place in (opened.place_on(track, begin) for track in before) if place]
        if not shown:
            raise UsageError(f"it is not seen in frame {begin}", "Go to a frame that shows it.")
        splits = [Split(name, begin, *place) for place in shown]
        return _arguments(film, f"divide a thing at frame {begin}", splits, [])
    other = arguments.get("other_frame", frame)
    wanted = [(frame, place) for place in places] + [(other, place) for place in others]
    found = _by_track(opened, wanted)
    if len(found) < 2:
        raise UsageError("this is one thing already", "Pick another thing, and join it with this one.")
    title = "make two things one"
    if gone := opened.splits_between(list(found)):
        return _arguments(film, title, [], gone)
    (first, at), *rest = found.values()
    if not opened.tracks.are_near([first, *(index for index, _ in rest)]):
        raise UsageError(
            "the two things are too far apart in a long shot", "Give each of them its colour instead."
        )
    return _arguments(film, title, [Join(name, first, *at, index, *place) for index, place in rest], [])


def _by_track(
    opened: OpenShot, places: Iterable[tuple[int, tuple[float, float]]]
) -> dict[int, tuple[int, tuple[float, float]]]:
    """Return the first frame and place on each track. Places on bars are left out."""
    found: dict[int, tuple[int, tuple[float, float]]] = {}
    for frame, place in places:
        track = opened.track_at(frame, place)
        if track is not None:
            found.setdefault(track, (frame, place))
    return found


def _arguments(film: ColoredFilm, title: str, new: Sequence[Mark], gone: Sequence[Mark]) -> Arguments:
    return {
        "film": film.key,
        "title": title,
        "new": [as_fields(mark) for mark in new],
        "gone": [as_fields(mark) for mark in gone],
    }
