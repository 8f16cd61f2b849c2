"""Pinned: the pins of the films, as actions of the journal change them. Pure functions on values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cartoonize.annotations.pins import Pin
from cartoonize.errors import UsageError

Arguments = Mapping[str, Any]
#: Pins by the key of their film.
Pins = Mapping[str, tuple[Pin, ...]]

_TYPES = {"episode": str, "frame": int, "x": float, "y": float, "color": str, "reach": str}
_LOAD_AGAIN = "Load the page again."
#: Largest number of pins of one action.
_MAX_PINS = 1000


def checked_pin(arguments: Arguments) -> Arguments:
    """Return ``{"film": key, "pin": {...}, "others": [{...}, ...]}``.

    Raises
    ------
    UsageError
        If an argument is missing or wrong.
    """
    if set(arguments) != {"film", "pin", "others"}:
        raise UsageError("the action has no film or no pin", _LOAD_AGAIN)
    checked = checked_pins(
        {"film": arguments["film"], "pins": [arguments["pin"]], "others": arguments["others"]}
    )
    return {"film": checked["film"], "pin": checked["pins"][0], "others": checked["others"]}


def checked_pins(arguments: Arguments) -> Arguments:
    """Return ``{"film": key, "pins": [{...}, ...], "others": [{...}, ...]}``; at least one pin.

    Raises
    ------
    UsageError
        If an argument is missing or wrong.
    """
    film, pins, others = (arguments.get(name) for name in ("film", "pins", "others"))
    if set(arguments) != {"film", "pins", "others"} or not isinstance(film, str):
        raise UsageError("the action has no film or no pins", _LOAD_AGAIN)
    if not isinstance(pins, list) or not 0 < len(pins) <= _MAX_PINS or not isinstance(others, list):
        raise UsageError("the pins are not a list", _LOAD_AGAIN)
    return {
        "film": film,
        "pins": [asdict(_checked(one)) for one in pins],
        "others": [asdict(_checked(one)) for one in others],
    }


def _checked(fields: Any) -> Pin:
    if not isinstance(fields, dict) or set(fields) != set(_TYPES):
        raise UsageError(f"a pin needs {', '.join(_TYPES)}", _LOAD_AGAIN)
    for name, kind in _TYPES.items():
        if type(fields[name]) is not kind:
            raise UsageError(f"{name} of a pin is {fields[name]!r}", _LOAD_AGAIN)
    return Pin(**fields)


def pins_and_others(arguments: Arguments) -> tuple[tuple[Pin, ...], tuple[Pin, ...]]:
    """Return the pins of an action, and the pins that they replace or that come back."""
    new = arguments["pins"] if "pins" in arguments else [arguments["pin"]]
    return tuple(Pin(**fields) for fields in new), tuple(Pin(**fields) for fields in arguments["others"])


def with_pins(pins: Pins, arguments: Arguments) -> Pins:
    """Return the pins with new ones instead of the others."""
    new, replaced = pins_and_others(arguments)
    return {**pins, arguments["film"]: (*_without(pins, arguments["film"], (*new, *replaced)), *new)}


def without_pins(pins: Pins, arguments: Arguments) -> Pins:
    """Return the pins without some, and with the others again."""
    gone, restored = pins_and_others(arguments)
    return {**pins, arguments["film"]: (*_without(pins, arguments["film"], (*gone, *restored)), *restored)}


def _without(pins: Pins, film: str, gone: tuple[Pin, ...]) -> tuple[Pin, ...]:
    return tuple(pin for pin in pins.get(film, ()) if pin not in gone)
