"""Area files: the picture areas of whole films, kept so that no command has to look for bars again."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.atomic import write_text
from cartoonize.errors import OutputError
from cartoonize.filters.areas import PictureAreas, versions
from cartoonize.frames import Area
from cartoonize.workspace import fingerprint_of

if TYPE_CHECKING:
    from cartoonize.video.source import Source


class AreaFile:
    """File with the picture areas of one film.

    Parameters
    ----------
    cache : Path
        Folder of the workspace for what can be made anew.
    source : Source
        The film.
    content : str
        SHA-256 of its content.
    """

    def __init__(self, cache: Path, source: Source, content: str) -> None:
        form = source.format
        read_as = [form.height, form.width, form.field_order, str(form.frame_rate)]  # telecined film has two
        self._path = cache / "areas" / f"{fingerprint_of([content, versions(), read_as])[:16]}.json"

    def read(self) -> PictureAreas | None:
        """Return the areas; None if they are not known."""
        try:
            entries = list(json.loads(self._path.read_text(encoding="utf-8")))
            return PictureAreas(
                tuple(int(entry["from"]) for entry in entries),
                tuple(_area(entry["area"]) for entry in entries),
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, areas: PictureAreas) -> None:
        """Keep the areas of the whole film."""
        pairs = zip(areas.starts, areas.areas, strict=True)
        entries = [{"from": start, "area": area and _numbers(area)} for start, area in pairs]
        with suppress(OutputError):  # a cache may be missing
            write_text(self._path, json.dumps(entries) + "\n")


def _numbers(area: Area) -> list[int]:
    return [area.top, area.bottom, area.left, area.right, *area.radii]


def _area(numbers: list[int] | None) -> Area | None:
    if numbers is None:
        return None
    top, bottom, left, right, height, width = map(int, numbers)
    return Area(top, bottom, left, right, (height, width))
