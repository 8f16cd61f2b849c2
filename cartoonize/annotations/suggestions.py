"""Suggestions: frames of a film that a user should paint, as a folder of grey pictures with a list."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.errors import SourceError

FORMAT, VERSION = "cartoonize-suggestions", 1
#: Name of the list in the folder of the pictures.
FILE = "suggestions.json"
#: A pixel whose channels differ by at most this is grey.
_GREY = 8


@dataclass(frozen=True)
class SuggestedPicture:
    """A grey picture of a frame that a user should paint."""

    file: str
    """Name of the picture in the folder."""
    frame: int
    """Number of the frame in the film."""
    seconds: float
    """Time of the frame in seconds from the start of the film."""
    shot: int
    """Number of the shot."""
    covers: float
    """Share of the picture area of the film, over all frames, on tracks that no better frame shows."""
    mends: float
    """Share of the expected errors of the film on these tracks."""
    fingerprint: str
    """Fingerprint of the grey picture as it was written. A file that has it is not painted."""


@dataclass(frozen=True)
class SuggestionList:
    """Suggestions for one film, the best first."""

    source: str
    """Path of the film."""
    fingerprint: str
    """Fingerprint of its content."""
    pictures: tuple[SuggestedPicture, ...] = ()


def write_suggestions(folder: Path, suggestions: SuggestionList) -> None:
    """Write the list of suggestions into the folder of their pictures."""
    data = {"format": FORMAT, "version": VERSION, **asdict(suggestions)}
    write_text(folder / FILE, json.dumps(data, indent=1) + "\n")


def read_suggestions(folder: Path) -> SuggestionList | None:
    """Read the list of suggestions of a folder, or return None if the folder has none.

    Raises
    ------
    SourceError
        If the list is damaged.
    """
    path = folder / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT or data["version"] != VERSION:
            raise ValueError("another format or version")
        pictures = tuple(_picture_of(picture) for picture in data["pictures"])
        return SuggestionList(str(data["source"]), str(data["fingerprint"]), pictures)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise SourceError(
            f"{path}: damaged ({type(error).__name__}: {error})", "Remove it. The pictures stay."
        ) from error


def _picture_of(data: dict[str, Any]) -> SuggestedPicture:
    file = str(data["file"])
    if Path(file).name != file:
        raise ValueError(f"{file!r} is not the name of a file")
    return SuggestedPicture(
        file=file,
        frame=int(data["frame"]),
        seconds=float(data["seconds"]),
        shot=int(data["shot"]),
        covers=float(data["covers"]),
        mends=float(data["mends"]),
        fingerprint=str(data["fingerprint"]),
    )


def fingerprint_of_picture(path: Path) -> str:
    """Return the SHA-256 of the content of a picture file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_painted(path: Path, suggested: SuggestedPicture) -> bool:
    """Return whether a suggested picture has been painted: it has changed, and has a colour.

    Parameters
    ----------
    path : Path
        The picture.
    suggested : SuggestedPicture
        Its entry in the list.
    """
    from cartoonize.video.images import read_picture_with_alpha

    if not path.exists() or fingerprint_of_picture(path) == suggested.fingerprint:
        return False
    try:
        picture = read_picture_with_alpha(path)
    except SourceError:
        return True  # whoever uses it says what is wrong
    spread = picture[..., :3].max(-1).astype(int) - picture[..., :3].min(-1)
    return bool((spread[picture[..., 3] > 0] > _GREY).any())
