"""Settings: ``KEY=VALUE`` of the command line, with values as in TOML."""

from __future__ import annotations

import tomllib
from typing import Any

from cartoonize.errors import UsageError


def parse_setting(text: str) -> tuple[str, Any]:
    """Parse ``KEY=VALUE``. A value that is not TOML is a string.

    Raises
    ------
    UsageError
        If there is no ``=`` or no key, or a number is too large.
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"{text!r} is not a setting", "Use --set KEY=VALUE.")
    try:
        parsed = tomllib.loads(f"v = {value}")["v"]
    except (ValueError, RecursionError):
        return key, value
    check_integers(key, parsed)
    return key, parsed


def check_integers(name: str, value: Any) -> None:
    """Raise `UsageError` if a value contains an integer of more than 64 bits, which TOML does not allow.

    Such an integer may not convert to a float.
    """
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            check_integers(name, inner)
    elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise UsageError(
            f"{name}: a whole number has {value.bit_length()} bits", "TOML allows at most 64 bits."
        )
