"""The state: actions, their inverses, undo and redo."""

from dataclasses import asdict, replace

import pytest

from cartoonize.annotations.pins import Pin
from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.review.state import KINDS, Action, ReviewState, apply, planned, title_of

RED = Pin("e1", 4, 0.25, 0.5, "#d22832")
BLUE = replace(RED, x=0.26, color="#2828d2")


def do(state, kind, arguments=None):
    change, inverse = planned(state, kind, arguments or {})
    number = state.version + 1
    return apply(state, Action(number, f"id{number}", "", change, inverse))


def accept(*shots, film="f"):
    return {"film": film, "shots": [list(shot) for shot in shots]}


def test_accepting_and_reopening():
    one = do(ReviewState(), "accept", accept((0, 5), (9, 12)))
    assert one.accepted == {"f": {(0, 5), (9, 12)}} and one.version == 1
    two = do(one, "reopen", accept((0, 5)))
    assert two.accepted == {"f": {(9, 12)}}
    assert one.accepted == {"f": {(0, 5), (9, 12)}}  # values do not change


def test_undo_takes_back_only_what_the_action_changed():
    state = do(do(ReviewState(), "accept", accept((0, 5))), "accept", accept((0, 5), (5, 9)))
    undone = do(state, "undo")
    assert undone.accepted["f"] == {(0, 5)} and undone.version == 3
    state = do(do(state, "accept", accept((5, 9))), "undo")  # it had changed nothing
    assert state.accepted["f"] == {(0, 5), (5, 9)}
    reopened = do(do(ReviewState(), "accept", accept((0, 5))), "reopen", accept((0, 5), (5, 9)))
    assert do(reopened, "undo").accepted["f"] == {(0, 5)}


def pin(one, *others):
    return {"film": "f", "pin": asdict(one), "others": [asdict(other) for other in others]}


def test_a_pin_replaces_others_and_its_undo_brings_them_back():
    one = do(ReviewState(), "pin", pin(RED))
    two = do(one, "pin", pin(BLUE, RED))
    assert one.pins == {"f": (RED,)} and two.pins == {"f": (BLUE,)}
    assert do(two, "undo").pins == {"f": (RED,)}
    assert do(do(two, "undo"), "redo").pins == {"f": (BLUE,)}
    none = do(do(do(two, "undo"), "undo"), "redo")
    assert none.pins == {"f": (RED,)} and none.known_pins == {RED, BLUE}
    assert do(do(one, "unpin", pin(RED)), "undo").pins == {"f": (RED,)}
    assert title_of(two.done[-1].change) == "colour #2828d2"


def test_one_colour_for_several_things_is_one_action():
    both = {"film": "f", "pins": [asdict(BLUE), asdict(replace(BLUE, x=0.7))], "others": [asdict(RED)]}
    one = do(ReviewState(), "pin", pin(RED))
    two = do(one, "pins", both)
    assert two.pins == {"f": (BLUE, replace(BLUE, x=0.7))}
    assert title_of(two.done[-1].change) == "colour 2 things #2828d2"
    assert do(two, "undo").pins == {"f": (RED,)} and do(do(two, "undo"), "redo").pins == two.pins
    for wrong in ({"pins": []}, {"pins": "all"}, {"others": None}, {"pins": [{}]}, {"film": 3}):
        with pytest.raises(UsageError):
            planned(ReviewState(), "pins", both | wrong)


def test_undo_and_redo_walk_through_all_actions():
    states = [ReviewState()]
    for n in range(4):
        states.append(do(states[-1], "accept", accept((n, n + 1))))
    state = states[-1]
    for expected in states[-2::-1]:
        state = do(state, "undo")
        assert state.accepted.get("f", set()) == expected.accepted.get("f", set())
    with pytest.raises(UsageError, match="nothing to undo"):
        planned(state, "undo", {})
    for expected in states[1:]:
        state = do(state, "redo")
        assert state.accepted == expected.accepted
    with pytest.raises(UsageError, match="nothing to redo"):
        planned(state, "redo", {})


def test_a_new_action_ends_what_could_be_redone():
    state = do(do(do(ReviewState(), "accept", accept((0, 1))), "undo"), "accept", accept((1, 2)))
    assert state.undone == () and len(state.done) == 1


def test_an_undo_of_another_action_is_refused():
    state = do(ReviewState(), "accept", accept((0, 1)))
    change, inverse = planned(state, "undo", {})
    with pytest.raises(UsageError, match="another action"):
        apply(do(state, "accept", accept((1, 2))), Action(3, "x", "", change, inverse))


@pytest.mark.parametrize(
    "arguments",
    [
        {}, {"film": "f"}, {"film": 1, "shots": [[0, 1]]}, {"film": "f", "shots": []},
        {"film": "f", "shots": [[0]]}, {"film": "f", "shots": [[1, 1]]}, {"film": "f", "shots": [[-1, 1]]},
        {"film": "f", "shots": [[0, 1.5]]}, {"film": "f", "shots": [[False, True]]},
        {"film": "f", "shots": "0"},
        {"film": "f", "shots": [[0, 1]], "more": 1}, {"film": "f", "shots": [["0", "1"]]},
        {"film": "f", "pin": {}, "others": []}, {"film": 1, "pin": asdict(RED), "others": []},
        {"film": "f", "pin": asdict(RED), "others": {}}, {"film": "f", "pin": asdict(RED)},
        {"film": "f", "pin": {**asdict(RED), "color": "red"}, "others": []},
        {"film": "f", "pin": {**asdict(RED), "x": 1.0}, "others": []},
        {"film": "f", "pin": {**asdict(RED), "frame": True}, "others": []},
        {"film": "f", "pin": asdict(RED), "others": [{"frame": 1}]},
    ],
)  # fmt: skip
def test_wrong_arguments(arguments):
    for kind in KINDS:
        with pytest.raises(UsageError):
            planned(ReviewState(), kind, arguments)


def test_an_unknown_kind_and_titles():
    with pytest.raises(UnknownNameError, match="unpins, mark, rule, paint, undo, redo"):
        planned(ReviewState(), "cut", {})
    assert title_of(planned(ReviewState(), "accept", accept((0, 1)))[0]) == "accept 1 shot"
    assert title_of(planned(ReviewState(), "reopen", accept((0, 1), (2, 3)))[0]) == "reopen 2 shots"


@pytest.mark.parametrize(
    "arguments",
    [
        {"film": "f", "name": "a.png", "content": "0"},
        {"film": 1, "name": "a.png", "content": None, "before": None},
        {"film": "f", "name": "a.png", "content": 5, "before": None},
    ],
)
def test_paintings_that_are_wrong(arguments):
    with pytest.raises(UsageError, match="picture"):
        planned(ReviewState(), "paint", arguments)


def test_taking_a_painting_back_brings_the_earlier_content_back():
    arguments = {"film": "f", "name": "a.png", "content": "new", "before": "old"}
    change, inverse = planned(ReviewState(), "paint", arguments)
    assert inverse.kind == "paint" and inverse.arguments == {**arguments, "content": "old", "before": "new"}
    assert title_of(change) == "picture a.png"
