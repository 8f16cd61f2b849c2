"""Paintings: frames of the films that a person has painted, as files that later colouring uses.

They are in ``references/FILM`` of the workspace, beside the grey pictures that the program suggests to paint.
The journal names their content, so that undo and redo also hold for them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from cartoonize.annotations.suggestions import is_painted, read_suggestions
from cartoonize.atomic import replacing, write_text
from cartoonize.errors import SourceError, UnknownNameError, UsageError
from cartoonize.review.canvas import grey_frame, png, with_frame_below
from cartoonize.review.films import ColoredFilm
from cartoonize.review.state import ReviewState
from cartoonize.tasks.suggest import suggestions_folder
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Largest number of pixels of a picture that a page may send.
_MAX_PIXELS = 100_000_000
#: Names that a page may give to a picture, and their largest size in bytes.
_NAME, _MAX_NAME = re.compile(r"[^./\\\s][^/\\]*\.(png|jpe?g|tiff?|webp|bmp)", re.IGNORECASE), 200
_CONTENT = re.compile(r"[0-9a-f]{64}")


class Paintings:
    """The painted frames of the films of a workspace.

    Parameters
    ----------
    workspace : Workspace
        Workspace of the films.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._kept = workspace.root / "review" / "paintings"
        """Every content that an action of the journal names, by its SHA-256."""

    def keep(self, content: bytes) -> str:
        """Keep a picture that a page sends; return its SHA-256.

        Raises
        ------
        UsageError
            If it cannot be read as a picture, or has too many pixels.
        """
        _picture_of(content)
        name = hashlib.sha256(content).hexdigest()
        with replacing(self._kept / name) as part:
            part.write_bytes(content)
        return name

    def keep_painted(self, content: bytes, film: ColoredFilm, index: int) -> str:
        """Keep a picture that was painted in the page, with its grey frame below; return its SHA-256.

        Parameters
        ----------
        content : bytes
            The picture, transparent where it is not painted.
        film : ColoredFilm
            The film.
        index : int
            Index of the frame on which it was painted.

        Raises
        ------
        UnknownNameError, UsageError, SourceError
            As for `keep` and `cartoonize.review.canvas.grey_frame`, or if it has another size than the frame.
        """
        return self.keep(png(with_frame_below(_picture_of(content), grey_frame(film, index))))

    def completed(self, film: ColoredFilm, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of an action ``paint`` for the journal, from those that the page sends.

        Parameters
        ----------
        film : ColoredFilm
            The film.
        arguments : mapping
            ``film``, ``name`` of the picture, and ``content``: the SHA-256 from `keep`, or None to remove it.
            With ``instead_of``, the SHA-256 of the file that it replaces, "" for none.

        Raises
        ------
        UsageError
            If the name is not that of a picture, the content is unknown, or the file is another one than the
            page has loaded.
        """
        path = self._path(film, str(arguments.get("name")))
        content = arguments.get("content")
        is_kept = isinstance(content, str) and _CONTENT.fullmatch(content) and (self._kept / content).exists()
        if content is not None and not is_kept:
            raise UsageError("the picture was not sent", "Drop it on the page again.")
        before = self.keep(path.read_bytes()) if path.is_file() else None
        if arguments.get("instead_of", before or "") != (before or ""):
            raise UsageError(
                f"another page has saved {path.name} since it was opened here",
                "Open the frame again in another tab, and compare.",
            )
        if content is None:
            content = self._suggested(film, path.name)
        return {"film": film.key, "name": path.name, "content": content, "before": before}

    def _suggested(self, film: ColoredFilm, name: str) -> str | None:
        """Return the content of the grey picture that was suggested, if it is kept."""
        listed = read_suggestions(suggestions_folder(self.workspace, film.source))
        found = next((p.fingerprint for p in listed.pictures if p.file == name), None) if listed else None
        return found if found is not None and (self._kept / found).exists() else None

    def follow(self, before: ReviewState, after: ReviewState, films: Mapping[str, ColoredFilm]) -> None:
        """Write or remove the pictures that differ between two states."""
        for key, film in films.items():
            now, then = after.paintings.get(key, {}), before.paintings.get(key, {})
            for name in now:
                if name in then and now[name] == then[name]:
                    continue
                self._write(film, name, now[name])

    def reconcile(self, state: ReviewState, films: Mapping[str, ColoredFilm]) -> None:
        """Do what the latest actions on each picture say, if the program was killed before it was done.

        A picture that has changed since, in a paint program, stays as it is.
        """
        latest = {}
        for change in (action.change for action in state.done):
            if change.kind == "paint":
                latest[change.arguments["film"], change.arguments["name"]] = change.arguments
        for (key, name), arguments in latest.items():
            if key in films and _content_of(self._path(films[key], name)) == arguments["before"]:
                self._write(films[key], name, arguments["content"])

    def path(self, film: ColoredFilm, name: str) -> Path:
        """Return the file of a picture, or raise `UnknownNameError`."""
        path = self._path(film, name)
        if not path.is_file():
            raise UnknownNameError("picture", name, [])
        return path

    def _write(self, film: ColoredFilm, name: str, content: str | None) -> None:
        path = self._path(film, name)
        if content is None:
            path.unlink(missing_ok=True)
            return
        with replacing(path) as part:
            part.write_bytes((self._kept / content).read_bytes())

    def _path(self, film: ColoredFilm, name: str) -> Path:
        if not _is_name(name):
            raise UsageError(f"{name!r} is not the name of a picture", "Use letters, digits and a suffix.")
        return suggestions_folder(self.workspace, film.source) / name

    def listing(self, film: ColoredFilm) -> list[dict[str, Any]]:
        """Return the suggested pictures of a film, the most helpful first, and those that were added."""
        folder = suggestions_folder(self.workspace, film.source)
        listed = read_suggestions(folder)
        rows, suggested = [], listed.pictures if listed else ()
        for picture in suggested:
            path = folder / picture.file
            if path.is_file():
                facts = {"frame": picture.frame, "seconds": picture.seconds, "mends": picture.mends}
                rows.append(_row(path, is_painted(path, picture)) | facts)
        known = {picture.file for picture in suggested}
        rows += [_row(path, True) for path in self._files(film) if path.name not in known]
        return rows

    def n_waiting(self, films: Mapping[str, ColoredFilm]) -> int:
        """Return the number of pictures with which the films were not coloured yet, or still were."""
        used, now = used_paintings(self.workspace), self.painted(films)
        return len(set(used.items()) ^ set(now.items()))

    def painted(self, films: Mapping[str, ColoredFilm]) -> dict[str, str]:
        """Return the short SHA-256 of all painted pictures, by the key of the film and their name."""
        return {
            f"{key}/{row['name']}": row["tag"]
            for key, film in films.items()
            for row in self.listing(film)
            if row["is_painted"]
        }

    def _files(self, film: ColoredFilm) -> list[Path]:
        from cartoonize.video.images import pictures_in

        with suppress(SourceError, OSError):  # no pictures
            return pictures_in(suggestions_folder(self.workspace, film.source))
        return []


def used_paintings(workspace: Workspace) -> dict[str, str]:
    """Return the pictures with which the latest job has coloured the films, as from `Paintings.painted`."""
    with suppress(OSError, ValueError, TypeError):
        data = json.loads(_used(workspace).read_text(encoding="utf-8"))
        return {str(name): str(tag) for name, tag in data.items()}
    return {}


def note_used_paintings(workspace: Workspace, painted: Mapping[str, str]) -> None:
    """Note the pictures with which films were coloured."""
    if painted or _used(workspace).exists():
        write_text(_used(workspace), json.dumps(dict(painted), indent=1) + "\n")


def _used(workspace: Workspace) -> Path:
    return workspace.root / "review" / "used-paintings.json"


def _is_name(name: str) -> bool:
    """Return whether a name is that of a picture file in a folder, such as ``[a] film's end-000120.png``."""
    is_short = name.isprintable() and len(name.encode()) <= _MAX_NAME
    return is_short and _NAME.fullmatch(name) is not None


def _picture_of(content: bytes) -> NDArray[np.uint8]:
    """Return the picture of a file as sRGB with alpha, (height, width, 4), or raise `UsageError`."""
    from cartoonize.video.images import read_picture_with_alpha

    check_size(content)
    with NamedTemporaryFile(prefix="cartoonize-") as file:
        file.write(content)
        file.flush()
        try:
            return read_picture_with_alpha(Path(file.name))
        except SourceError as error:
            raise UsageError(
                "the file is not a picture that can be read", "Use PNG, JPEG, TIFF, WebP or BMP."
            ) from error


def check_size(content: bytes) -> None:
    """Raise `UsageError` if a picture has too many pixels. Only its header is read."""
    from cartoonize.limits import current_limits
    from cartoonize.video.picture_size import picture_size

    height, width = picture_size(content) or (0, 0)
    most = min(_MAX_PIXELS, current_limits().max_pixels)
    if height * width > most:
        raise UsageError(
            f"the picture has {width}x{height} pixels, more than {most // 1_000_000} million",
            "Scale it down to the size of the film.",
        )


def _content_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, or None if it does not exist."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _row(path: Path, is_painted: bool) -> dict[str, Any]:
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"name": path.name, "is_painted": is_painted, "tag": content[:16], "content": content}
