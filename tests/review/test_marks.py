"""Corrected cuts, divided and joined things: the journal, the files of the workspace, and the shots."""

import numpy as np
import pytest

from cartoonize.annotations.cuts import Cut, read_cuts, write_cuts
from cartoonize.annotations.pins import read_pins
from cartoonize.annotations.track_edits import Join, Split, read_track_edits
from cartoonize.errors import CartoonizeError, UnknownNameError, UsageError
from cartoonize.reporting import LOG
from cartoonize.review.again import films_of
from cartoonize.review.films import find_films
from cartoonize.review.marks import as_fields, checked_marks, mark_of, swapped, with_marks
from cartoonize.review.state import title_of
from cartoonize.review.worker import color_again

#: A place in the red box of the first shot.
BOX = [0.25, 0.55]
MARKS = [Cut("e1", 5, True), Split("e1", 4, 0.5, 0.25), Join("e1", 4, 0.5, 0.25, 6, 0.5, 0.75)]


@pytest.fixture
def film(session):
    (film,) = session.films.values()
    return film


def mark(session, do, **arguments):
    arguments = {"film": next(iter(session.films)), "do": do, **arguments}
    after = session.act(session.journal.state().version, "mark", arguments)
    session.corrections.wait_for()
    return after


def colors(film, number=0):
    return np.array([planes for planes in film.cached(film.shots[number]).chroma])


@pytest.mark.parametrize("one", MARKS)
def test_marks_as_json(one):
    assert mark_of(as_fields(one)) == one


def test_an_action_on_marks_is_taken_back():
    new, gone = [as_fields(one) for one in MARKS[:1]], [as_fields(one) for one in MARKS[1:2]]
    action = checked_marks({"film": "f", "title": "words", "new": new, "gone": gone})
    before = {"f": tuple(MARKS[1:]), "g": ()}
    after = with_marks(before, action)
    assert set(after["f"]) == {MARKS[0], MARKS[2]}
    assert {k: set(v) for k, v in with_marks(after, swapped(action)).items()} == {
        k: set(v) for k, v in before.items()
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"film": 3, "title": "", "new": [as_fields(MARKS[0])], "gone": []},
        {"film": "f", "title": "", "new": [], "gone": []},
        {"film": "f", "title": "x" * 99, "new": [as_fields(MARKS[0])], "gone": []},
        {"film": "f", "title": "", "new": [{"kind": "cut"}], "gone": []},
        {"film": "f", "title": "", "new": [{"kind": []}], "gone": []},
        {"film": "f", "title": "", "new": [{**as_fields(MARKS[1]), "x": 2.0}], "gone": []},
        {"film": "f", "title": "", "new": "many", "gone": []},
    ],
)
def test_wrong_marks_are_refused(arguments):
    with pytest.raises(UsageError):
        checked_marks(arguments)


def test_cuts_wait_and_then_make_shots(session, film, colored):
    _, second = film.shots
    state = mark(session, "cut", frame=5)
    assert read_cuts(colored.cuts) == [Cut("e1", 5, True)]
    assert session.corrections.files.n_waiting(state) == 1
    with pytest.raises(UsageError, match="begins at frame 5 already"):
        mark(session, "cut", frame=5)
    state = mark(session, "uncut", frame=second.start)
    assert read_cuts(colored.cuts)[1] == Cut("e1", second.start, False)
    color_again(colored, _again(film), LOG)
    (again,) = find_films(colored)
    assert [(one.start, one.stop) for one in again.shots] == [(0, 5), (5, second.stop)]
    assert session.corrections.files.n_waiting(state) == 0
    session.refresh()
    state = session.act(state.version, "undo", {})
    assert read_cuts(colored.cuts) == [Cut("e1", 5, True)]
    assert session.corrections.files.n_waiting(state) == 1


def _again(film):
    return {"device": "cpu", "films": films_of([film])}


def test_a_cut_is_moved_and_moved_back(session, film, colored):
    start = film.shots[1].start
    mark(session, "move", **{"from": start, "frame": start - 2})
    assert read_cuts(colored.cuts) == [Cut("e1", start, False), Cut("e1", start - 2, True)]
    session.act(session.journal.state().version, "undo", {})
    assert read_cuts(colored.cuts) == []


def test_a_user_takes_back_what_was_said_before(session, film, colored):
    mark(session, "cut", frame=5)
    write_cuts(colored.cuts, [Cut("e1", 5, True), Cut("e9", 7, True)])  # another command
    start = film.shots[1].start
    mark(session, "uncut", frame=start)
    mark(session, "cut", frame=start)
    assert read_cuts(colored.cuts) == [Cut("e9", 7, True), Cut("e1", 5, True)]


@pytest.mark.parametrize(
    ("do", "arguments", "words"),
    [
        ("cut", {"frame": 0}, "can begin at frame 0"),
        ("cut", {"frame": 10_000}, "is not a frame"),
        ("cut", {"frame": True}, "is not a frame"),
        ("cut", {"frame": None}, "is not a frame"),
        ("uncut", {"frame": 5}, "cut"),
        ("move", {"frame": 5}, "can begin at frame None"),
        ("what", {"frame": 5}, "mark"),
        ("split", {"frame": 5, "from": 6, "places": []}, "no place"),
        ("split", {"frame": 3, "from": 0, "places": [BOX]}, "not seen before frame 0"),
        ("join", {"frame": 5, "places": [BOX]}, "one thing already"),
        ("join", {"frame": 5, "places": [BOX], "other_frame": 10_000, "other_places": [BOX]}, "in one shot"),
    ],
)
def test_what_cannot_be_marked(session, do, arguments, words):
    with pytest.raises((UsageError, UnknownNameError), match=words):
        mark(session, do, **arguments)
    assert session.journal.state().version == 0


def test_accepted_shots_keep_their_cuts_and_things(session, film):
    first = film.shots[0]
    session.act(0, "accept", {"film": film.key, "shots": [[first.start, first.stop]]})
    for do, arguments in (
        ("cut", {"frame": 5}),
        ("uncut", {"frame": first.stop}),
        ("split", {"frame": 5, "from": 5, "places": [BOX]}),
    ):
        with pytest.raises(CartoonizeError, match="is accepted"):
            mark(session, do, **arguments)


def test_a_thing_is_divided_and_its_parts_get_colours(session, film, colored):
    version = session.journal.state().version
    color = {"film": film.key, "x": BOX[0], "y": BOX[1], "reach": "shot"}
    session.act(version, "pin", {**color, "frame": 2, "color": "#2832d2"})
    mark(session, "split", frame=8, places=[BOX], **{"from": 6})
    (split,) = read_track_edits(colored.tracks)
    assert (split.episode, split.frame) == ("e1", 6)
    timeline = session.timeline(film, film.shots[0])
    assert [(one["start"], one["stop"]) for one in timeline["pins"]] == [(0, 6)]
    assert timeline["splits"] == [{"frame": 6, "x": split.x, "y": split.y}]
    thing = session.thing(film, film.shots[0], 8, [BOX])["thing"]
    assert thing["start"] == 6 and thing["stop"] == film.shots[0].stop
    assert not any(polygons for first, polygons in thing["outlines"] if first < 6)
    session.act(session.journal.state().version, "pin", {**color, "frame": 8, "color": "#28d232"})
    session.corrections.wait_for()
    assert len(read_pins(colored.pins)) == 2
    divided = colors(film)
    color_again(colored, _again(film), LOG)
    assert np.array_equal(divided, colors(film))
    state = session.journal.state()
    assert session.corrections.files.n_waiting(state) == 0


def test_two_parts_of_a_divided_thing_are_joined_again(session, film, colored):
    mark(session, "split", frame=8, places=[BOX], **{"from": 6})
    mark(session, "join", frame=2, places=[BOX], other_frame=8, other_places=[BOX])
    assert read_track_edits(colored.tracks) == []
    assert title_of(session.journal.state().done[-1].change) == "make two things one"


def test_two_things_become_one(session, film, colored):
    wall = [0.9, 0.1]
    mark(session, "join", frame=4, places=[BOX], other_frame=4, other_places=[wall])
    assert read_track_edits(colored.tracks) == [Join("e1", 4, *BOX, 4, *wall)]
    thing = session.thing(film, film.shots[0], 4, [BOX])["thing"]
    assert len(thing["tracks"]) == 1
    session.act(1, "undo", {})
    session.corrections.wait_for()
    assert read_track_edits(colored.tracks) == []
    assert (
        session.thing(film, film.shots[0], 4, [BOX])["thing"]["tracks"]
        != session.thing(film, film.shots[0], 4, [wall])["thing"]["tracks"]
    )
