"""Settings: where a person was on the page, and keys that were changed. Not worth a place in the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.errors import UsageError

#: The settings as they are at first, and the types of their values.
_DEFAULTS: Mapping[str, Any] = {
    "place": "",
    "frame": -1,
    "order": "worst",
    "filter": "open",
    "film": "",
    "keys": {},
}
#: Largest number of characters of a text, and of changed keys.
_MAX_TEXT, _MAX_KEYS = 300, 200


class Settings:
    """The settings of the page of a workspace.

    ``place`` is the view that was shown last, as in the address after ``#``, and ``frame`` the frame of its
    shot. ``order``, ``filter`` and ``film`` are those of the list of shots. ``keys`` maps keys that a person
    presses to those that the page expects.

    Parameters
    ----------
    path : Path
        File as JSON. A missing or damaged file stands for the first settings.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()

    def read(self) -> dict[str, Any]:
        """Return the settings."""
        try:
            return _checked(json.loads(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError, UsageError):
            return _checked({})

    def change(self, changed: Mapping[str, Any]) -> dict[str, Any]:
        """Change some settings and return all of them.

        Raises
        ------
        UsageError
            If a setting is unknown, or its value has another type or is too long.
        """
        with self._lock:
            after = _checked({**self.read(), **changed})
            write_text(self._path, json.dumps(after, indent=1) + "\n")
        return after


def _checked(data: Any) -> dict[str, Any]:
    """Return settings from outside, completed, or raise `UsageError`."""
    if not isinstance(data, dict) or not set(data) <= set(_DEFAULTS):
        raise UsageError("a setting of the page is unknown", "Load the page again.")
    after = {**_DEFAULTS, **data}
    texts = [value for value in after.values() if isinstance(value, str)]
    keys = after["keys"]
    if isinstance(keys, dict):
        texts += [text for pair in keys.items() for text in pair]
    is_typed = all(type(after[name]) is type(value) for name, value in _DEFAULTS.items())
    is_short = all(isinstance(text, str) and len(text) <= _MAX_TEXT for text in texts)
    if not is_typed or not is_short or len(keys) > _MAX_KEYS:
        raise UsageError("a setting of the page has a wrong value", "Load the page again.")
    return after
