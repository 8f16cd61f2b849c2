"""Bundle: the corrections of a workspace as one file, for another machine, person or season."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cartoonize.annotations.cuts import read_cuts
from cartoonize.annotations.paint_rules import read_paint_rules
from cartoonize.annotations.pins import read_pins
from cartoonize.annotations.track_edits import read_track_edits
from cartoonize.errors import CartoonizeError, UsageError
from cartoonize.review.marks import Mark, as_fields
from cartoonize.review.state import Change
from cartoonize.tasks.suggest import suggestions_folder
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.annotations.paint_rules import PaintRule
    from cartoonize.annotations.pins import Pin
    from cartoonize.review.correction_files import CorrectionFiles
    from cartoonize.review.films import ColoredFilm
    from cartoonize.review.paintings import Paintings

NAMES = ("pins.json", "tracks.json", "cuts.json", "paints.json")
#: Folder of the painted frames in the archive: ``references/FILM/PICTURE``.
_FOLDER = "references"
#: Largest size of one of the files, of one of the pictures, and of all of them, in bytes.
_MAX_BYTES, _MAX_PICTURE, MAX_ARCHIVE = 16 << 20, 64 << 20, 512 << 20


@dataclass(frozen=True)
class _Contents:
    """What is in an archive."""

    pins: Sequence[Pin]
    marks: Sequence[Mark]
    rules: Sequence[PaintRule]
    pictures: Mapping[tuple[str, str], bytes]
    """Painted frames, by the name of the film's folder and of the file."""

    def __len__(self) -> int:
        """Return the number of corrections of single films."""
        return len(self.pins) + len(self.marks) + len(self.pictures)


def bundle(workspace: Workspace, films: Mapping[str, ColoredFilm], paintings: Paintings) -> bytes:
    """Return the corrections of a workspace, and the painted frames of its films, as a ZIP archive."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            path = workspace.root / name
            if path.exists():
                archive.write(path, name)
        for film in films.values():
            for row in paintings.listing(film):
                if row["is_painted"]:
                    path = paintings.path(film, row["name"])
                    name = f"{_FOLDER}/{path.parent.name}/{path.name}"
                    archive.write(path, name, zipfile.ZIP_STORED)  # pictures are compressed already
    return memory.getvalue()


def changes_of(
    content: bytes, films: Mapping[str, ColoredFilm], files: CorrectionFiles, paintings: Paintings
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
    paintings : Paintings
        Painted frames of the workspace. It keeps those of the archive.

    Raises
    ------
    UsageError
        If it is not such an archive, or one of its files is damaged.
    """
    found = _read(content)
    changes, n_fitting = [], 0
    for key, film in films.items():
        stem, stop = film.source.stem, film.shots[-1].stop
        own_pins = [pin for pin in found.pins if pin.episode == stem and pin.frame < stop]
        own_marks = [mark for mark in found.marks if mark.episode == stem and mark.frame < stop]
        own_pictures = {
            name: picture
            for (folder, name), picture in found.pictures.items()
            if folder == suggestions_folder(paintings.workspace, film.source).name
        }
        n_fitting += len(own_pins) + len(own_marks) + len(own_pictures)
        new_pins = [asdict(pin) for pin in own_pins if pin not in files.pins_on(film)]
        new_marks = [as_fields(mark) for mark in own_marks if mark not in files.marks_on(film)]
        if new_pins:
            changes.append(Change("pins", {"film": key, "pins": new_pins, "others": []}))
        if new_marks:
            title = f"add {len(new_marks)} corrections of {stem}"[:80]
            changes.append(Change("mark", {"film": key, "title": title, "new": new_marks, "gone": []}))
        for name, picture in own_pictures.items():
            painted = paintings.completed(film, {"name": name, "content": paintings.keep(picture)})
            if painted["content"] != painted["before"]:
                changes.append(Change("paint", painted))
    known = {rule.color: rule for rule in files.paint_rules()}
    for rule in found.rules:
        before = known.get(rule.color)
        if before != rule:
            changes.append(Change("rule", {"before": before and asdict(before), "after": asdict(rule)}))
    return changes, len(found) - n_fitting


def _read(content: bytes) -> _Contents:
    with TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                _check_size("the file", sum(info.file_size for info in archive.infolist()), MAX_ARCHIVE)
                pictures = {}
                for info in archive.infolist():
                    path = PurePosixPath(info.filename)
                    if info.filename in NAMES:
                        (folder / info.filename).write_bytes(_content(archive, info, _MAX_BYTES))
                    elif len(path.parts) == 3 and path.parts[0] == _FOLDER and not info.is_dir():
                        pictures[path.parts[1], path.name] = _content(archive, info, _MAX_PICTURE)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
            raise UsageError(
                f"the file has no corrections ({error})", "Choose a file that Save corrections has written."
            ) from error
        if not pictures and not any(folder.iterdir()):
            raise UsageError(
                "the file has no corrections", "Choose a file that Save corrections has written."
            )
        try:
            marks: list[Mark] = [*read_cuts(folder / "cuts.json"), *read_track_edits(folder / "tracks.json")]
            rules = read_paint_rules(folder / "paints.json")
            return _Contents(read_pins(folder / "pins.json"), marks, rules, pictures)
        except CartoonizeError as error:
            raise UsageError(
                error.message.replace(f"{folder}/", ""), "Save the corrections again."
            ) from error


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, largest: int) -> bytes:
    _check_size(info.filename, info.file_size, largest)
    return archive.read(info)


def _check_size(name: str, n_bytes: int, largest: int) -> None:
    if n_bytes > largest:
        raise UsageError(f"{name} has {n_bytes} bytes, more than {largest}", "Copy the files one by one.")


def summary(changes: Sequence[Change], n_left: int) -> dict[str, Any]:
    """Return what was added, for the page."""
    counts = [len(change.arguments.get("pins", change.arguments.get("new", [0]))) for change in changes]
    return {"added": sum(counts), "left_out": n_left}
