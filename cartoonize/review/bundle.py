"""Bundle: the corrections of a workspace as one file, for another machine, person or season."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cartoonize.annotations.cuts import read_cuts
from cartoonize.annotations.paint_rules import read_paint_rules
from cartoonize.annotations.pins import read_pins
from cartoonize.annotations.track_edits import read_track_edits
from cartoonize.errors import CartoonizeError, UsageError
from cartoonize.review.marks import Mark, as_fields
from cartoonize.review.state import Change
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.annotations.paint_rules import PaintRule
    from cartoonize.annotations.pins import Pin
    from cartoonize.review.correction_files import CorrectionFiles
    from cartoonize.review.films import ColoredFilm

NAMES = ("pins.json", "tracks.json", "cuts.json", "paints.json")
#: Largest size of one of the files in bytes.
_MAX_BYTES = 16 << 20


def bundle(workspace: Workspace) -> bytes:
    """Return the files of the corrections of a workspace as a ZIP archive."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            path = workspace.root / name
            if path.exists():
                archive.write(path, name)
    return memory.getvalue()


def changes_of(
    content: bytes, films: Mapping[str, ColoredFilm], files: CorrectionFiles
) -> tuple[list[Change], int]:
    """Return the actions that add the corrections of an archive, and the number of those that fit no film.

    Films are recognised by the name of their source. Corrections that are there already are left out.

    Parameters
    ----------
    content : bytes
        The archive.
    films : mapping of str to ColoredFilm
        Films of the page.
    files : CorrectionFiles
        Corrections of the workspace.

    Raises
    ------
    UsageError
        If it is not such an archive, or one of its files is damaged.
    """
    pins, marks, rules = _read(content)
    changes, n_fitting = [], 0
    for key, film in films.items():
        stem, stop = film.source.stem, film.shots[-1].stop
        own_pins = [pin for pin in pins if pin.episode == stem and pin.frame < stop]
        own_marks = [mark for mark in marks if mark.episode == stem and mark.frame < stop]
        n_fitting += len(own_pins) + len(own_marks)
        new_pins = [asdict(pin) for pin in own_pins if pin not in files.pins_on(film)]
        new_marks = [as_fields(mark) for mark in own_marks if mark not in files.marks_on(film)]
        if new_pins:
            changes.append(Change("pins", {"film": key, "pins": new_pins, "others": []}))
        if new_marks:
            title = f"add {len(new_marks)} corrections of {stem}"[:80]
            changes.append(Change("mark", {"film": key, "title": title, "new": new_marks, "gone": []}))
    known = {rule.color: rule for rule in files.paint_rules()}
    for rule in rules:
        before = known.get(rule.color)
        if before != rule:
            changes.append(Change("rule", {"before": before and asdict(before), "after": asdict(rule)}))
    return changes, len(pins) + len(marks) - n_fitting


def _read(content: bytes) -> tuple[Sequence[Pin], Sequence[Mark], Sequence[PaintRule]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                found = [info for info in archive.infolist() if info.filename in NAMES]
                for info in found:
                    if info.file_size > _MAX_BYTES:
                        raise UsageError(f"{info.filename} has {info.file_size} bytes", "That is too much.")
                    (folder / info.filename).write_bytes(archive.read(info))
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
            raise UsageError(
                f"the file has no corrections ({error})", "Choose a file that Save corrections has written."
            ) from error
        if not found:
            raise UsageError(
                "the file has no corrections", "Choose a file that Save corrections has written."
            )
        try:
            marks: list[Mark] = [*read_cuts(folder / "cuts.json"), *read_track_edits(folder / "tracks.json")]
            return read_pins(folder / "pins.json"), marks, read_paint_rules(folder / "paints.json")
        except CartoonizeError as error:
            raise UsageError(str(error).replace(f"{folder}/", ""), "Save the corrections again.") from error


def summary(changes: Sequence[Change], n_left: int) -> dict[str, Any]:
    """Return what was added, for the page."""
    counts = {"pins": 0, "mark": 0, "rule": 0}
    for change in changes:
        counts[change.kind] += len(change.arguments.get("pins", change.arguments.get("new", [0])))
    return {"added": sum(counts.values()), "left_out": n_left}
