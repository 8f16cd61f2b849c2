"""State: what a person has decided, as a value, and the kinds of actions that change it.

`apply` is pure: the state of a workspace is the result of all actions of its journal, in order. Each action
has an inverse, which is known when it is done. Undo and redo are actions themselves, so that they are kept
like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from cartoonize.annotations.entries import requested_entry
from cartoonize.annotations.paint_rules import FIELDS, PaintRule
from cartoonize.annotations.pins import Pin
from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.review.marks import Mark, Marks, checked_marks, named_in, swapped, with_marks
from cartoonize.review.pinned import (
    Pins,
    checked_pin,
    checked_pins,
    pins_and_others,
    with_pins,
    without_pins,
)

#: First frame of a shot, and the frame after its last one.
FrameRange = tuple[int, int]
Arguments = Mapping[str, Any]

#: Largest number of shots that one action names.
_MAX_SHOTS = 100_000


@dataclass(frozen=True)
class Change:
    """A kind of action and its arguments."""

    kind: str
    arguments: Arguments


@dataclass(frozen=True)
class Action:
    """A change that was made."""

    version: int
    """Version of the state after it: its number in the journal, from 1."""
    id: str
    """Unique name."""
    time: str
    """Time at which it was made, in UTC, as in ISO 8601."""
    change: Change
    inverse: Change
    """The change that takes it back."""


@dataclass(frozen=True)
class ReviewState:
    """Everything that a person has decided on the films of a workspace."""

    version: int = 0
    """Number of actions."""
    accepted: Mapping[str, frozenset[FrameRange]] = field(default_factory=dict)
    """Accepted shots, by the key of their film."""
    pins: Pins = field(default_factory=dict)
    """Colours of single things, by the key of their film."""
    known_pins: frozenset[Pin] = frozenset()
    """All pins that any action has named. Other pins in ``pins.json`` are not of this page."""
    marks: Marks = field(default_factory=dict)
    """Corrected cuts, and things that were divided or joined, by the key of their film."""
    known_marks: frozenset[Mark] = frozenset()
    """All marks that any action has named."""
    paint_rules: Mapping[str, PaintRule | None] = field(default_factory=dict)
    """What was said of paints, by their colour; None if nothing is said any more."""
    paintings: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """Painted frames: SHA-256 of the content by file name, None for no file, by the key of their film."""
    done: tuple[Action, ...] = ()
    """Actions that can be undone, the latest last."""
    undone: tuple[Action, ...] = ()
    """Actions that can be redone, the latest last."""


@dataclass(frozen=True)
class Kind:
    """A kind of action."""

    check: Callable[[Arguments], Arguments]
    """Takes arguments from outside and returns them with the right types, or raises `UsageError`."""
    apply: Callable[[ReviewState, Arguments], ReviewState]
    """Returns the state after the change."""
    inverse: Callable[[ReviewState, Arguments], Change]
    """Takes the state before the change, and returns the change that takes it back."""
    title: Callable[[Arguments], str]
    """Returns the words for the change on the page, such as "accept 2 shots"."""


def apply(state: ReviewState, action: Action) -> ReviewState:
    """Return the state after an action.

    Raises
    ------
    UnknownNameError, UsageError
        If the kind is unknown, or the action does not fit the state.
    """
    change = action.change
    if change.kind in ("undo", "redo"):
        return replace(_moved(state, change), version=action.version)
    changed = _kind(change.kind).apply(state, change.arguments)
    return replace(changed, version=action.version, done=(*state.done, action), undone=())


def planned(state: ReviewState, kind: str, arguments: Arguments) -> tuple[Change, Change]:
    """Return a change that a page asks for, with checked arguments, and its inverse.

    Raises
    ------
    UnknownNameError, UsageError
        If the kind is unknown, the arguments are wrong, or there is nothing to undo or redo.
    """
    if kind in ("undo", "redo"):
        actions = state.done if kind == "undo" else state.undone
        if not actions:
            raise UsageError(f"there is nothing to {kind}", "Do something first.")
        of = {"of": actions[-1].id}
        return Change(kind, of), Change("redo" if kind == "undo" else "undo", of)
    entry = _kind(kind)
    checked = entry.check(arguments)
    return Change(kind, checked), entry.inverse(state, checked)


def title_of(change: Change) -> str:
    """Return the words for a change on the page."""
    return _kind(change.kind).title(change.arguments)


def _moved(state: ReviewState, change: Change) -> ReviewState:
    """Return the state after undoing or redoing the latest action."""
    actions = state.done if change.kind == "undo" else state.undone
    if not actions or actions[-1].id != change.arguments.get("of"):
        raise UsageError(f"{change.kind} of another action than the latest one", "Load the page again.")
    action = actions[-1]
    if change.kind == "undo":
        changed = _kind(action.inverse.kind).apply(state, action.inverse.arguments)
        return replace(changed, done=state.done[:-1], undone=(*state.undone, action))
    changed = _kind(action.change.kind).apply(state, action.change.arguments)
    return replace(changed, done=(*state.done, action), undone=state.undone[:-1])


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise UnknownNameError("action", name, [*KINDS, "undo", "redo"])
    return KINDS[name]


def _checked_shots(arguments: Arguments) -> Arguments:
    """Return ``{"film": key, "shots": [[start, stop], ...]}``."""
    film, shots = arguments.get("film"), arguments.get("shots")
    if set(arguments) != {"film", "shots"} or not isinstance(film, str) or not isinstance(shots, list):
        raise UsageError("the action has no film or no shots", "Load the page again.")
    if not 0 < len(shots) <= _MAX_SHOTS or not all(map(_is_range, shots)):
        raise UsageError("a shot is not a range of frames", "Load the page again.")
    return {"film": film, "shots": [[start, stop] for start, stop in shots]}


def _is_range(shot: Any) -> bool:
    if not isinstance(shot, list) or len(shot) != 2 or any(type(edge) is not int for edge in shot):
        return False
    return 0 <= shot[0] < shot[1]


def _shots(arguments: Arguments) -> frozenset[FrameRange]:
    return frozenset((start, stop) for start, stop in arguments["shots"])


def _accepted_in(state: ReviewState, film: str) -> frozenset[FrameRange]:
    return state.accepted.get(film, frozenset())


def _with_accepted(state: ReviewState, film: str, shots: frozenset[FrameRange]) -> ReviewState:
    return replace(state, accepted={**state.accepted, film: shots})


def _accept(state: ReviewState, arguments: Arguments) -> ReviewState:
    film = arguments["film"]
    return _with_accepted(state, film, _accepted_in(state, film) | _shots(arguments))


def _reopen(state: ReviewState, arguments: Arguments) -> ReviewState:
    film = arguments["film"]
    return _with_accepted(state, film, _accepted_in(state, film) - _shots(arguments))


def _reopen_new(state: ReviewState, arguments: Arguments) -> Change:
    """Return the change that reopens the shots that were not accepted before."""
    film = arguments["film"]
    new = _shots(arguments) - _accepted_in(state, film)
    return Change("reopen", {"film": film, "shots": [list(shot) for shot in sorted(new)]})


def _accept_old(state: ReviewState, arguments: Arguments) -> Change:
    """Return the change that accepts the shots that were accepted before."""
    film = arguments["film"]
    old = _shots(arguments) & _accepted_in(state, film)
    return Change("accept", {"film": film, "shots": [list(shot) for shot in sorted(old)]})


def _titled(verb: str) -> Callable[[Arguments], str]:
    def title(arguments: Arguments) -> str:
        n = len(arguments["shots"])
        return f"{verb} {n} shot{'' if n == 1 else 's'}"

    return title


def _pin(state: ReviewState, arguments: Arguments) -> ReviewState:
    return _having_pins(state, with_pins(state.pins, arguments), arguments)


def _unpin(state: ReviewState, arguments: Arguments) -> ReviewState:
    return _having_pins(state, without_pins(state.pins, arguments), arguments)


def _having_pins(state: ReviewState, pins: Pins, arguments: Arguments) -> ReviewState:
    named, others = pins_and_others(arguments)
    return replace(state, pins=pins, known_pins=state.known_pins | {*named, *others})


def _things_title(arguments: Arguments) -> str:
    n = len(arguments["pins"])
    return f"colour {n} thing{'' if n == 1 else 's'} {arguments['pins'][0]['color']}"


def _mark(state: ReviewState, arguments: Arguments) -> ReviewState:
    known = state.known_marks | named_in(arguments)
    return replace(state, marks=with_marks(state.marks, arguments), known_marks=known)


def _checked_rule(arguments: Arguments) -> Arguments:
    """Return ``{"before": {...} or None, "after": {...} or None}``, both of one paint."""
    if set(arguments) != {"before", "after"}:
        raise UsageError("the action has no paint", "Load the page again.")
    rules = {name: _rule(arguments[name]) for name in ("before", "after")}
    colors = {rule.color for rule in rules.values() if rule is not None}
    if len(colors) != 1:
        raise UsageError("the action is not of one paint", "Load the page again.")
    return {name: asdict(rule) if rule is not None else None for name, rule in rules.items()}


def _rule(fields: Any) -> PaintRule | None:
    return None if fields is None else PaintRule(**requested_entry("a paint", fields, FIELDS))


def _say_of_paint(state: ReviewState, arguments: Arguments) -> ReviewState:
    before, after = _rule(arguments["before"]), _rule(arguments["after"])
    color = (after or before).color  # type: ignore[union-attr]  # one of them is there
    return replace(state, paint_rules={**state.paint_rules, color: after})


def _rule_title(arguments: Arguments) -> str:
    before, after = ({**asdict(PaintRule("#000000")), **(arguments[n] or {})} for n in ("before", "after"))
    color = (arguments["after"] or arguments["before"])["color"]
    name = after["name"] or before["name"] or color
    if after["becomes"] != before["becomes"]:
        return f"paint {name}: {after['becomes'] or color}"
    if after["is_locked"] != before["is_locked"]:
        return f"{'fix' if after['is_locked'] else 'free'} the paint {name}"
    return f"name the paint {color}"


def _checked_painting(arguments: Arguments) -> Arguments:
    """Return ``{"film": key, "name": file, "content": SHA-256 or None, "before": SHA-256 or None}``."""
    names, contents = ("film", "name"), ("content", "before")
    if set(arguments) != {*names, *contents} or not all(isinstance(arguments[n], str) for n in names):
        raise UsageError("the action has no film or no picture", "Load the page again.")
    if not all(arguments[name] is None or isinstance(arguments[name], str) for name in contents):
        raise UsageError("the content of a picture is not known", "Load the page again.")
    return dict(arguments)


def _paint(state: ReviewState, arguments: Arguments) -> ReviewState:
    film = arguments["film"]
    painted = {**state.paintings.get(film, {}), arguments["name"]: arguments["content"]}
    return replace(state, paintings={**state.paintings, film: painted})


def _unpaint(_: ReviewState, arguments: Arguments) -> Change:
    swapped = {"content": arguments["before"], "before": arguments["content"]}
    return Change("paint", {**arguments, **swapped})


#: The kinds of actions, by name.
KINDS: Mapping[str, Kind] = {
    "accept": Kind(_checked_shots, _accept, _reopen_new, _titled("accept")),
    "reopen": Kind(_checked_shots, _reopen, _accept_old, _titled("reopen")),
    # The other pins are those that a pin replaces; without it, they come back.
    "pin": Kind(checked_pin, _pin, lambda _, a: Change("unpin", a), lambda a: f"colour {a['pin']['color']}"),
    "unpin": Kind(checked_pin, _unpin, lambda _, a: Change("pin", a), lambda _: "remove a colour"),
    "pins": Kind(checked_pins, _pin, lambda _, a: Change("unpins", a), _things_title),
    "unpins": Kind(checked_pins, _unpin, lambda _, a: Change("pins", a), lambda _: "remove colours"),
    "mark": Kind(checked_marks, _mark, lambda _, a: Change("mark", swapped(a)), lambda a: a["title"]),
    "rule": Kind(
        _checked_rule,
        _say_of_paint,
        lambda _, a: Change("rule", {"before": a["after"], "after": a["before"]}),
        _rule_title,
    ),
    "paint": Kind(_checked_painting, _paint, _unpaint, lambda a: f"picture {a['name']}"),
}
