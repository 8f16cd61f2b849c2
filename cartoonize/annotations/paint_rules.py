"""Paint rules: what a user says of the paints of a series: names, other colours, and what is fixed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cartoonize.annotations.entries import Kinds, checked_entry, read_entries, write_entries
from cartoonize.errors import UsageError

_NAME, _VERSION = "paints", 1
FIELDS: Kinds = {"color": str, "name": str, "group": str, "becomes": str, "is_locked": bool}
#: Longest name, in characters.
MAX_NAME = 80


@dataclass(frozen=True)
class PaintRule:
    """The name of a paint, and how its colour is changed or fixed."""

    color: str
    """The paint as it was learned, sRGB ``#rrggbb``."""
    name: str = ""
    group: str = ""
    """The character, set or time of day that has the paint."""
    becomes: str = ""
    """Colour that everything with this paint gets, ``#rrggbb``; "" for the same one."""
    is_locked: bool = False
    """True if colours near this paint are exactly this paint."""

    def __post_init__(self) -> None:
        for color in (self.color, *([self.becomes] if self.becomes else [])):
            if not re.fullmatch(r"#[0-9a-f]{6}", color):
                raise UsageError(
                    f"{color!r} is not a colour of a paint", "Write it as #rrggbb, in small letters."
                )
        for text in (self.name, self.group):
            if len(text) > MAX_NAME or not text.isprintable():
                raise UsageError(
                    f"{text[:20]!r}... is no name for a paint", f"Use at most {MAX_NAME} characters."
                )

    @property
    def change(self) -> tuple[str, str, bool]:
        """What its effect on colours depends on."""
        return self.color, self.becomes, self.is_locked

    @property
    def acts(self) -> bool:
        """Whether it changes colours."""
        return bool(self.becomes) or self.is_locked


def read_paint_rules(path: Path) -> list[PaintRule]:
    """Read ``paints.json``. If it does not exist, return an empty list.

    Raises
    ------
    WorkspaceError, UsageError
        If the file is damaged or of a newer version, or a rule is not valid.
    """
    entries = read_entries(path, _NAME, _VERSION).get(_NAME, [])
    return [PaintRule(**checked_entry(f"{path}: paint {n}", one, FIELDS)) for n, one in enumerate(entries, 1)]


def write_paint_rules(path: Path, rules: Sequence[PaintRule]) -> None:
    """Write ``paints.json`` atomically."""
    write_entries(path, _NAME, _VERSION, {_NAME: [asdict(rule) for rule in rules]})
