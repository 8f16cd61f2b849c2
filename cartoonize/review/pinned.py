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


def checked_pin(arguments: Arguments) -> Arguments:
    """Return ``{"film": key, "pin": {...}, "others": [{...}, ...]}``.

    Raises
    ------
    UsageError
        If an argument is missing or wrong.
    """
    film, others = arguments.get("film"), arguments.get("others")
    if set(arguments) != {"film", "pin", "others"} or not isinstance(film, str):
        raise UsageError("the action has no film or no pin", _LOAD_AGAIN)
    if not isinstance(others, list):
        raise UsageError("the other pins are not a list", _LOAD_AGAIN)
    pins = [_checked(one) for one in (arguments["pin"], *others)]
    return {"film": film, "pin": asdict(pins[0]), "others": [asdict(pin) for pin in pins[1:]]}


def _checked(fields: Any) -> Pin:
    if not isinstance(fields, dict) or set(fields) != set(_TYPES):
        raise UsageError(f"a pin needs {', '.join(_TYPES)}", _LOAD_AGAIN)
    for name, kind in _TYPES.items():
        if type(fields[name]) is not kind:
            raise UsageError(f"{name} of a pin is {fields[name]!r}", _LOAD_AGAIN)
    return Pin(**fields)


def pin_and_others(arguments: Arguments) -> tuple[Pin, tuple[Pin, ...]]:
    """Return the pin of an action, and the pins that it replaces or that come back."""
    return Pin(**arguments["pin"]), tuple(Pin(**fields) for fields in arguments["others"])


def with_pin(pins: Pins, arguments: Arguments) -> Pins:
    """Return the pins with a new one instead of the others."""
    pin, replaced = pin_and_others(arguments)
    return {**pins, arguments["film"]: (*_without(pins, arguments["film"], (pin, *replaced)), pin)}


def without_pin(pins: Pins, arguments: Arguments) -> Pins:
    """Return the pins without one, and with the others again."""
    pin, restored = pin_and_others(arguments)
    return {**pins, arguments["film"]: (*_without(pins, arguments["film"], (pin, *restored)), *restored)}


def _without(pins: Pins, film: str, gone: tuple[Pin, ...]) -> tuple[Pin, ...]:
    return tuple(pin for pin in pins.get(film, ()) if pin not in gone)
