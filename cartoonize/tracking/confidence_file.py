"""Confidence file: what is known about the colours of a film, as JSON beside its coloured copy."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.errors import SourceError
from cartoonize.tracking.confidence import DoubtfulRegion, ShotDoubt, Suggestion

FORMAT, VERSION = "cartoonize-confidence", 2
SUFFIX = ".confidence.json"


@dataclass(frozen=True)
class FilmConfidence:
    """Confidence of the colours of a film, and the frames that a user should colour."""

    output: str
    """File name of the coloured copy, which is in the folder of the confidence file; "" if there is none."""
    shots: tuple[ShotDoubt, ...]
    """Confidence of each shot, in the order of the film."""
    suggestions: tuple[Suggestion, ...] = ()
    """Frames that a user should colour, the best first; empty in files of version 1."""
    source: str = ""
    """Path of the source; "" in files of version 1."""
    fingerprint: str = ""
    """Fingerprint of the content of the source; "" in files of version 1."""
    members: tuple[str, ...] = ()
    """Names of the members that coloured it."""
    weights: tuple[str, ...] = ()
    """Hashes of their weights."""
    offset: float = 0.0
    """Time of the source at which the coloured copy starts, in seconds; 0 unless it is a part of the film."""
    is_part: bool = False
    """True if only a part of the film was coloured."""

    @property
    def n_frames(self) -> int:
        """Number of frames that were coloured."""
        return sum(shot.stop - shot.start for shot in self.shots)


def confidence_path(output: Path) -> Path:
    """Return the path of the confidence file of a coloured video."""
    return output.with_name(output.stem + SUFFIX)


def write_confidence(path: Path, confidence: FilmConfidence) -> None:
    """Write a confidence file."""
    data = {"format": FORMAT, "version": VERSION, **asdict(confidence)}
    write_text(path, json.dumps(data, indent=1) + "\n")


def read_confidence(path: Path) -> FilmConfidence:
    """Read a confidence file of version 1 or 2.

    Parameters
    ----------
    path : Path
        The file, or the coloured video beside it.

    Raises
    ------
    SourceError
        If the file does not exist or is damaged.
    """
    if not path.name.endswith(SUFFIX):
        path = confidence_path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceError(
            f"{path} does not exist", "Colour the film with --refine tracks, which writes this file."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{path}: cannot be read ({error})", _REMEDY) from error
    try:
        if data["format"] != FORMAT or data["version"] not in (1, VERSION):
            raise ValueError("another format or version")
        return _confidence_of(data)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise SourceError(f"{path}: damaged, or written by another version", _REMEDY) from error


def _confidence_of(data: dict[str, Any]) -> FilmConfidence:
    shots = tuple(_shot_of(shot) for shot in data["shots"])
    if data["version"] == 1:
        return FilmConfidence(str(data["output"]), shots)
    return FilmConfidence(
        output=str(data["output"]),
        shots=shots,
        suggestions=tuple(_suggestion_of(s) for s in data["suggestions"]),
        source=str(data["source"]),
        fingerprint=str(data["fingerprint"]),
        members=tuple(map(str, data["members"])),
        weights=tuple(map(str, data["weights"])),
        offset=float(data["offset"]),
        is_part=bool(data["is_part"]),
    )


def _shot_of(shot: dict[str, Any]) -> ShotDoubt:
    start, seconds = int(shot["start"]), float(shot["seconds"])
    regions = tuple(_region_of({"seconds": seconds, **region}) for region in shot["regions"])
    return ShotDoubt(int(shot["shot"]), start, int(shot["stop"]), seconds, float(shot["confidence"]), regions)


def _region_of(region: dict[str, Any]) -> DoubtfulRegion:
    numbers = {key: float(region[key]) for key in ("x", "y", "area", "confidence", "seconds")}
    box = region.get("box")
    if box is not None:
        left, top, right, bottom = map(float, box)
        box = (left, top, right, bottom)
    return DoubtfulRegion(int(region["frame"]), **numbers, box=box)


def _suggestion_of(suggestion: dict[str, Any]) -> Suggestion:
    numbers = {key: float(suggestion[key]) for key in ("seconds", "covers", "mends")}
    return Suggestion(frame=int(suggestion["frame"]), shot=int(suggestion["shot"]), **numbers)


_REMEDY = "Colour the film with --refine tracks again."
