"""Paints: those of the series, learned from its coloured episodes, and those of palettes and model sheets."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

import numpy as np

from cartoonize.annotations.palettes import (
    Paint,
    flat_colors,
    frequent_paints,
    palette_content,
    palette_paints,
)
from cartoonize.atomic import remove, write_text
from cartoonize.errors import CartoonizeError, SourceError, UnknownNameError, UsageError
from cartoonize.frames import area_average
from cartoonize.review.paintings import check_size
from cartoonize.workspace import Workspace

#: Largest number of pictures that are read, and of paints of the series and of one picture.
_MAX_PICTURES, _N_SERIES, _N_PICTURE = 60, 64, 32
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
        self._workspace, self._lock = workspace, Lock()
        self._folder = workspace.root / "review" / "palettes"
        self._series: tuple[str, list[Paint]] | None = None
        """Fingerprint of the training pictures, and their paints."""

    def as_json(self) -> dict[str, Any]:
        """Return all groups of paints: those of the series first."""
        groups = [{"id": SERIES, "name": "The series", "paints": _json(self._of_series())}]
        for path in sorted(self._folder.glob("*.json")):
            with suppress(OSError, ValueError, UsageError, KeyError):
                data = json.loads(path.read_text(encoding="utf-8"))
                paints = palette_paints(json.dumps(data["palette"]).encode())
                groups.append({"id": path.stem, "name": str(data["name"]), "paints": _json(paints)})
        return {"groups": groups}

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
        paints = [Paint(paint["color"], paint["name"], paint["share"]) for paint in found["paints"]]
        return palette_content(paints, suffix, found["name"])

    def _of_series(self) -> list[Paint]:
        from cartoonize.video.images import read_picture

        try:
            manifest = self._workspace.load()
            known = (
                self._workspace.set_of(manifest, "train") if manifest.split else manifest.episodes.values()
            )
            paths = self._workspace.picture_paths(list(known))
        except CartoonizeError:  # nothing was learned here
            return []
        some = np.unique(np.linspace(0, len(paths) - 1, min(len(paths), _MAX_PICTURES)).round().astype(int))
        chosen = [paths[k] for k in some.tolist()]
        key = hashlib.sha256("\n".join(map(str, chosen)).encode()).hexdigest()
        with self._lock:
            if self._series is None or self._series[0] != key:
                colors = []
                for path in chosen:
                    with suppress(SourceError):
                        colors.append(flat_colors(area_average(read_picture(path))))
                self._series = key, frequent_paints(colors, _N_SERIES)
            return self._series[1]

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


def _json(paints: list[Paint]) -> list[dict[str, Any]]:
    return [{"color": paint.color, "name": paint.name, "share": paint.share} for paint in paints]
