"""A colour is picked: ``pins.json``, the cached shot, undo, and what `colorize` makes of it."""

import time
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from cartoonize.annotations.pins import Pin, read_pins, write_pins
from cartoonize.coloring.cached_shot import CachedShot
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.errors import OutputError, UnknownNameError, UsageError
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.tasks.colorize import colorize

#: A place in the red box of the first shot.
PLACE = {"frame": 4, "x": 0.25, "y": 0.55}
GREEN = {**PLACE, "color": "#28a032", "reach": "everywhere"}


def colors(film, number=0):
    return [planes for planes in film.cached(film.shots[number]).chroma]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture
def film(session):
    (film,) = session.films.values()
    return film


def pin(session, version=None, kind="pin", **changes):
    arguments = {"film": next(iter(session.films)), **GREEN, **changes}
    version = session.journal.state().version if version is None else version
    after = session.act(version, kind, arguments)
    session.corrections.wait_for()
    return after


@pytest.mark.parametrize("reach", ["everywhere", "shot"])
def test_a_colour_changes_its_shot_as_colorize_would(session, film, colored, reach):
    before, other = colors(film), colors(film, 1)
    tag, other_tag = (film.tag(shot) for shot in film.shots)
    state = pin(session, reach=reach)
    assert read_pins(colored.pins) == [Pin("e1", 4, 0.25, 0.55, "#28a032", reach)]
    assert film.tag(film.shots[0]) != tag and film.tag(film.shots[1]) == other_tag
    after = colors(film)
    assert not same(np.array(before), np.array(after)) and same(np.array(other), np.array(colors(film, 1)))
    assert film.has_changed(film.shots[0]) and not film.has_changed(film.shots[1])
    kept = film.earlier(film.shots[0])
    assert same(np.array(list(kept.chroma)), np.array(before))
    assert session.corrections.files.n_waiting(state) == 1
    tag = film.tag(film.shots[0])
    options = ColorizeOptions(refine=RefineOptions("tracks"), render=RenderOptions(force=True))
    colorize(colored, options=options)
    assert same(np.array(after), np.array(colors(film)))
    if reach == "shot":  # else the memory knows the pin, too
        assert film.tag(film.shots[0]) == tag  # it was taken from the cache


def test_undo_and_redo_change_the_colours(session, film, colored):
    before = np.array(colors(film))
    pin(session)
    green = np.array(colors(film))
    session.act(1, "undo", {})
    session.corrections.wait_for()
    assert same(before, np.array(colors(film))) and read_pins(colored.pins) == []
    assert not film.has_changed(film.shots[0])
    session.act(2, "redo", {})
    session.corrections.wait_for()
    assert same(green, np.array(colors(film))) and len(read_pins(colored.pins)) == 1


def test_the_later_colour_of_a_region_replaces_the_earlier_one(session, colored):
    own = Pin("e1", 13, 0.5, 0.5, "#808000"), Pin("another", 4, 0.25, 0.55, "#808000")
    mine = Pin("e1", 4, 0.26, 0.55, "#0000ff")
    write_pins(colored.pins, [*own, mine])
    pin(session)
    assert read_pins(colored.pins) == [*own, Pin("e1", 4, 0.25, 0.55, "#28a032")]
    pin(session, x=0.27, color="#c02020", reach="shot")
    last = Pin("e1", 4, 0.27, 0.55, "#c02020", "shot")
    assert read_pins(colored.pins) == [*own, last]
    session.act(2, "undo", {})
    session.act(3, "undo", {})
    assert read_pins(colored.pins) == [*own, mine]


def test_a_colour_can_be_removed_alone(session, film, colored):
    before = np.array(colors(film))
    pin(session)
    pin(session, y=0.05, color="#0040c0")
    state = pin(session, kind="unpin")
    assert (
        [p.color for p in state.pins[film.key]] == ["#0040c0"] == [p.color for p in read_pins(colored.pins)]
    )
    with pytest.raises(UsageError, match="removed already"):
        pin(session, kind="unpin")
    pin(session, y=0.05, kind="unpin")
    assert same(before, np.array(colors(film)))


def test_an_accepted_shot_refuses_colours(session, film, colored):
    shots = {"film": film.key, "shots": [[0, 12]]}
    session.act(0, "accept", shots)
    with pytest.raises(UsageError, match="accepted, so its colours stay"):
        pin(session)
    assert session.journal.state().version == 1 and not colored.pins.exists()
    session.act(1, "reopen", shots)
    pin(session)


def test_a_shot_is_accepted_with_the_colours_that_were_picked_just_before(session, film, colored):
    session.act(0, "pin", {"film": film.key, **GREEN})
    session.act(1, "accept", {"film": film.key, "shots": [[0, 12]]})
    (path,) = colored.root.glob("review/accepted/*/*.npz")
    assert path.read_bytes() == film.cached_path(film.shots[0]).read_bytes()
    assert film.has_changed(film.shots[0])


def test_all_that_looks_the_same_gets_a_colour_at_once(session, film, colored):
    opened = session.corrections.open_shots.ready(film, film.shots[0])
    thing = opened.thing_at(4, [[0.25, 0.55]])
    state = several(session, [[0.25, 0.55]], similar=True)
    pins = state.pins[film.key]
    assert len(pins) >= 1 + len(thing.similar) and {one.color for one in pins} == {"#28a032"}
    regions = {opened.region_at(one) for one in pins}
    assert len(regions) == len(pins) and opened.region_at(pins[0]) is not None
    assert opened.region_at(Pin("e1", *PLACE.values(), "#28a032")) in regions
    assert read_pins(colored.pins) == list(pins)
    assert session.act(state.version, "undo", {}).pins[film.key] == ()
    with pytest.raises(UsageError, match="one by one"):
        session.act(state.version + 1, "unpins", {"film": film.key, **PLACE})


def several(session, places, **changes):
    film = next(iter(session.films))
    arguments = {"film": film, "frame": 4, "places": places, "similar": False, "color": "#28a032"}
    after = session.act(
        session.journal.state().version, "pins", {**arguments, "reach": "everywhere", **changes}
    )
    session.corrections.wait_for()
    return after


def test_a_shade_keeps_the_other_colours_of_a_thing(session, film, monkeypatch):
    opened = session.corrections.open_shots.ready(film, film.shots[0])
    first, there = pin(session).pins[film.key], {"x": 0.26, "y": 0.56, "color": "#d02020"}
    assert opened.share_region(first[0], replace(first[0], x=0.26, y=0.56))
    assert len(pin(session, **there, shade=True).pins[film.key]) == 1  # it is as light there
    monkeypatch.setattr("cartoonize.review.open_shot.are_equally_light", lambda *_: False)
    assert len(pin(session, **GREEN, shade=True).pins[film.key]) == 2
    assert len(pin(session, color="#2020d0").pins[film.key]) == 1


def test_a_stroke_over_several_things_gives_each_one_colour_once(session, film):
    opened = session.corrections.open_shots.ready(film, film.shots[0])
    places = [[x / 40, y / 40] for x in range(2, 40, 4) for y in range(2, 40, 4)]
    thing = opened.thing_at(4, places)
    assert len(thing.places) > len(thing.tracks) / 2 > 1
    pin(session, color="#d02020")  # the stroke replaces it
    state = several(session, places)
    pins = state.pins[film.key]
    assert len(pins) == len({opened.region_at(one) for one in pins}) == len(thing.places)
    for wrong in ([], "all", [[0.5]], [[0.5, "a"]], [[0.5, 1.5]], [[0.1, float("nan")]], [[0.5, 0.5]] * 2000):
        with pytest.raises(UsageError):
            several(session, wrong)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"color": "green"}, "not a colour"), ({"x": 1.5}, "outside the picture"), 
        ({"y": None}, "not a share"),
        ({"frame": 99}, "not a frame"), ({"frame": True}, "not a frame"), ({"frame": "4"}, "not a frame"),
        ({"reach": "film"}, "unknown"), ({"frame": 14}, "not ready"),
    ],
)  # fmt: skip
def test_wrong_colours(session, colored, changes, words):
    with pytest.raises(UsageError, match=words):
        pin(session, **changes)
    assert session.journal.state().version == 0 and not colored.pins.exists()


def test_films_that_are_being_coloured_refuse_colours(session, tmp_path):
    (tmp_path / "endless").touch()
    (tmp_path / "grey.mkv").touch()
    session.learn([str(tmp_path / "endless")], [str(tmp_path / "grey.mkv")])
    with pytest.raises(UsageError, match="being coloured"):
        pin(session)


def test_after_a_kill_a_shot_gets_its_colours_when_it_is_opened(session, film, colored, open_session):
    expected = pin(session)
    green = np.array(colors(film))
    session.act(1, "undo", {})
    session.corrections.wait_for()
    session.journal.add(2, "redo", {})  # and then it was killed
    again = open_session(colored)
    again.reconcile()
    assert read_pins(colored.pins) == list(expected.pins[film.key])
    assert not same(green, np.array(colors(film)))
    (same_film,) = again.films.values()
    told = Event()
    again.corrections._changed = lambda film, shot, error: told.set()
    again.open_shot(same_film, same_film.shots[0])
    assert told.wait(60)
    again.corrections.wait_for()
    assert same(green, np.array(colors(film)))


def test_the_frame_is_shown_at_once(session, film, monkeypatch):
    monkeypatch.setattr(session.corrections, "recolor", lambda shots: None)
    shot = film.shots[0]
    before = session.corrections.picture(film, shot, 4)
    session.act(0, "pin", {"film": film.key, **GREEN})
    assert before[:2] == b"\xff\xd8" and session.corrections.picture(film, shot, 4) != before
    with pytest.raises(UnknownNameError):
        session.corrections.picture(film, shot, 12)


def test_pages_are_told(session, film, monkeypatch):
    events = []
    monkeypatch.setattr(session.events, "publish", lambda name, data: events.append((name, data)))
    pin(session)
    end = time.monotonic() + 20
    while not (told := [data for name, data in events if name == "shot" and data["is_changed"]]):
        assert time.monotonic() < end, events
        time.sleep(0.02)
    assert ("state", {"version": 1}) in events
    assert told[0]["tag"] == film.tag(film.shots[0]) and told[0]["error"] == ""


def test_a_shot_that_cannot_be_recoloured_says_so(session, film, monkeypatch):
    told = []
    monkeypatch.setattr(session.corrections, "_changed", lambda film, shot, error: told.append(error))
    film.cached_path(film.shots[0]).unlink()
    with pytest.raises(UsageError, match="not ready"):
        pin(session)
    session.corrections.recolor([(film, film.shots[0])])
    session.corrections.wait_for()
    assert any("not in the cache" in error for error in told)


def test_at_most_two_shots_are_open(session, film):
    shots = session.corrections.open_shots
    one, two = film.shots
    first = shots.get(film, one)
    assert shots.get(film, one) is first
    shots.get(film, two)
    assert shots.ready(film, one) is first
    film.cached_path(two).touch()  # another command has coloured it
    shots.get(film, two)
    shots.get(film, two)
    with pytest.raises(UsageError, match="not ready"):
        shots.ready(film, replace(one, start=5))
    assert len(shots._shots) == 2


def test_a_shot_stays_open_while_its_file_is_replaced(session, film, monkeypatch):
    shots, write, opened = session.corrections.open_shots, CachedShot.write, []
    first = shots.ready(film, film.shots[0])

    def write_and_ask(cached, path):
        write(cached, path)
        opened.extend([shots.ready(film, film.shots[0]), shots.get(film, film.shots[0])])

    monkeypatch.setattr(CachedShot, "write", write_and_ask)
    before = film.tag(film.shots[0])
    pin(session)
    session.corrections.wait_for()
    assert film.tag(film.shots[0]) != before
    assert opened == [first, first] and shots.ready(film, film.shots[0]) is first


def test_a_shot_whose_file_cannot_be_replaced_is_opened_again(session, film, monkeypatch):
    def fail(cached, path):
        raise OutputError("the disk is full")

    with monkeypatch.context() as context:
        context.setattr(CachedShot, "write", fail)
        pin(session)
        session.corrections.wait_for()
    before = film.tag(film.shots[0])
    session.corrections.open_shots.get(film, film.shots[0])  # it finds that the pin is missing
    wait_until(lambda: film.tag(film.shots[0]) != before)


def test_a_long_shot_is_open_alone(session, film, monkeypatch):
    from cartoonize.review import open_shots

    opened, (one, two) = session.corrections.open_shots, film.shots[:2]
    opened.get(film, one)
    opened.get(film, two)
    wait_until(lambda: len(opened.names()) == 2)
    monkeypatch.setattr(open_shots, "_MAX_DRAWINGS", 1)
    for shot in (one, two, one):
        opened.get(film, shot)
        opened._close_early_ones()
        assert opened.names() == [(film.key, shot.start)]


def wait_until(is_so):
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
