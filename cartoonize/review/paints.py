"""Paints: those of the series, learned from its coloured episodes, and those of palettes and model sheets."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np

from cartoonize.annotations.paint_rules import PaintRule, read_paint_rules
from cartoonize.annotations.palettes import (
    Paint,
    flat_colors,
    frequent_paints,
    near_paint,
    palette_content,
    palette_paints,
)
from cartoonize.atomic import remove, write_text
from cartoonize.color.hex import lab_of
from cartoonize.errors import SourceError, UnknownNameError, UsageError
from cartoonize.frames import area_average
from cartoonize.review import render
from cartoonize.review.paintings import check_size
from cartoonize.review.series_paints import SeriesPaints, series_paints, tag_of, where_it_is
from cartoonize.workspace import Workspace

#: Largest number of paints of one picture.
_N_PICTURE = 32
#: A pixel belongs to a model sheet if it is at least so opaque, 0..255.
_OPAQUE = 128
#: Name of the paints of the series.
SERIES = "series"


class Paints:
    """The paints of a workspace.

    Parameters
    ----------
    workspace : Workspace
        Workspace with training episodes.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.root / "review" / "palettes"

    def as_json(self) -> dict[str, Any]:
        """Return all groups of paints: those of the series first."""
        groups = [{"id": SERIES, "name": "The series", "paints": self._of_series()}]
        for path in sorted(self._folder.glob("*.json")):
            with suppress(OSError, ValueError, UsageError, KeyError):
                data = json.loads(path.read_text(encoding="utf-8"))
                paints = palette_paints(json.dumps(data["palette"]).encode())
                groups.append({"id": path.stem, "name": str(data["name"]), "paints": _json(paints)})
        return {"groups": groups}

    def _of_series(self) -> list[dict[str, Any]]:
        """Return the paints of the series with what the user says of them, and those that only he knows."""
        found = series_paints(self._workspace)
        rules = {rule.color: rule for rule in read_paint_rules(self._workspace.paints)}
        rows = []
        for paint, group in zip(found.paints, found.groups, strict=True):
            # After another training, a paint may be learned a little differently.
            lab = lab_of(paint.color)[None]
            of_paint = next((color for color in rules if near_paint(lab, color)[0]), None)
            rule = rules.pop(of_paint) if of_paint is not None else PaintRule(paint.color)
            rows.append({**asdict(rule), "share": paint.share, "set": group, "is_seen": True})
        return [
            *rows,
            *({**asdict(rule), "share": 0.0, "set": -1, "is_seen": False} for rule in rules.values()),
        ]

    def where(self, color: str) -> tuple[str, Callable[[], bytes]]:
        """Return the tag of a picture that shows where a paint of the series is, and what makes it as JPEG.

        Raises
        ------
        UnknownNameError
            If the series has no such paint.
        """
        found = series_paints(self._workspace) if re.fullmatch(r"#[0-9a-f]{6}", color) else SeriesPaints()
        for paint, path in zip(found.paints, found.pictures, strict=True):
            if near_paint(lab_of(paint.color)[None], color)[0]:
                return tag_of(path, paint.color), partial(_picture, path, paint.color)
        raise UnknownNameError("paint", color, [])

    def add(self, name: str, content: bytes) -> None:
        """Add the paints of a palette file or of a coloured picture.

        Raises
        ------
        UsageError
            If it is neither.
        """
        paints = self._of_picture(content)
        if paints is None:
            paints = palette_paints(content)
        key = hashlib.sha256(content).hexdigest()[:16]
        palette = json.loads(palette_content(paints, "json"))
        write_text(self._folder / f"{key}.json", json.dumps({"name": name[:120], "palette": palette}) + "\n")

    def remove(self, group: str) -> None:
        """Remove a group that was added, or raise `UnknownNameError`."""
        if group not in {path.stem for path in self._folder.glob("*.json")}:
            raise UnknownNameError("palette", group, [])
        remove(self._folder / f"{group}.json")

    def content(self, group: str, suffix: str) -> bytes:
        """Return a group of paints as a palette file, or raise `UnknownNameError`."""
        found = next((one for one in self.as_json()["groups"] if one["id"] == group), None)
        if found is None:
            raise UnknownNameError("palette", group, [])
        paints = [
            Paint(one.get("becomes") or one["color"], one["name"], one["share"]) for one in found["paints"]
        ]
        return palette_content(paints, suffix, found["name"])

    def _of_picture(self, content: bytes) -> list[Paint] | None:
        """Return the paints of a picture; None if it cannot be one."""
        from cartoonize.annotations.picture import read_painting

        if content.startswith((b"ASEF", b"GIMP", b"{")):
            return None
        check_size(content)
        with NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            try:
                picture = read_painting(Path(file.name))
            except SourceError as error:
                raise UsageError(
                    "the file is neither a palette nor a picture", "Use .gpl, .ase, .json, or a picture."
                ) from error
        rgb = area_average(np.ascontiguousarray(picture[..., :3]))
        is_painted = area_average(np.ascontiguousarray(picture[..., 3])) >= _OPAQUE
        return frequent_paints([flat_colors(rgb, is_painted)], _N_PICTURE)


def _picture(path: Path, color: str) -> bytes:
    return render.jpeg(where_it_is(path, color), quality=85)


def _json(paints: list[Paint]) -> list[dict[str, Any]]:
    return [{"color": paint.color, "name": paint.name, "share": paint.share} for paint in paints]
