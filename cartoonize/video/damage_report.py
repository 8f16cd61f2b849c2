"""Holes: what of a damaged source could not be coloured, told beside its result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from cartoonize.atomic import write_text

FORMAT, VERSION = "cartoonize-holes", 1
SUFFIX = ".holes.json"


def damage_report_path(output: Path) -> Path:
    """Return where the holes of a coloured film are told: ``NAME.holes.json`` beside it."""
    return output.with_name(f"{output.stem}{SUFFIX}")


def write_damage_report(output: Path, source: Path, holes: Sequence[str]) -> Path | None:
    """Tell of the holes of a film; a file that tells of earlier ones goes if there are none now.

    Parameters
    ----------
    output : Path
        The coloured film.
    source : Path
        What it was made from.
    holes : sequence of str
        A line each.

    Returns
    -------
    Path or None
        Where they are told.
    """
    path = damage_report_path(output)
    if not holes:
        path.unlink(missing_ok=True)
        return None
    data = {"format": FORMAT, "version": VERSION, "source": str(source), "holes": list(holes)}
    write_text(path, json.dumps(data, indent=1) + "\n")
    return path


def read_damage_reports(folder: Path) -> Iterable[tuple[str, str]]:
    """Yield (film, hole) of all coloured films in a folder and below; what cannot be read is passed over."""
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                continue
            holes = [str(hole) for hole in data["holes"]]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        yield from ((path.name.removesuffix(SUFFIX), hole) for hole in holes)
