"""Damage report: a JSON file beside a coloured video that lists the damage of its source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from cartoonize.atomic import write_text

FORMAT, VERSION = "cartoonize-holes", 1
SUFFIX = ".holes.json"


def damage_report_path(output: Path) -> Path:
    """Return the path of the damage report of a coloured video: ``NAME.holes.json`` beside it."""
    return output.with_name(f"{output.stem}{SUFFIX}")


def write_damage_report(output: Path, source: Path, damage: Sequence[str]) -> Path | None:
    """Write the damage report of a video. Without damage, remove an earlier report.

    Parameters
    ----------
    output : Path
        The coloured video.
    source : Path
        Its source.
    damage : sequence of str
        Descriptions of the damage, one line each.

    Returns
    -------
    Path or None
        Path of the report, or None without damage.
    """
    path = damage_report_path(output)
    if not damage:
        path.unlink(missing_ok=True)
        return None
    data = {"format": FORMAT, "version": VERSION, "source": str(source), "holes": list(damage)}
    write_text(path, json.dumps(data, indent=1) + "\n")
    return path


def read_damage_reports(folder: Path) -> Iterable[tuple[str, str]]:
    """Yield (video name, damage) from all damage reports in a folder and its subfolders.

    Files that cannot be read, or that are not damage reports, are skipped.
    """
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                continue
            damage = [str(line) for line in data["holes"]]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        yield from ((path.name.removesuffix(SUFFIX), line) for line in damage)
