"""Reading and checking of the files with answers that a page of `cartoonize rate` saves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from cartoonize.errors import SourceError

FORMAT, VERSION = "cartoonize-ratings", 1
#: Method name of control pairs, which show the colours of the original or wrong colours instead of a result.
CONTROL = "control"

Mode = Literal["rating", "real-or-fake"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class Answer:
    """Answer of one person about one pair of pictures."""

    item: str
    """Identifier of the pair on its page."""
    method: str
    """Name of the method that coloured the picture, or `CONTROL`."""
    frame: int
    """Index of the frame in the film."""
    value: float
    """Score from 0 to 10; in mode real-or-fake 1 if the person took the fake picture for the real one,
    else 0."""


@dataclass(frozen=True)
class Ratings:
    """Answers of one person on one page: the content of one file."""

    path: Path
    """Path of the file."""
    page: str
    """Identifier of the page."""
    mode: Mode
    """Kind of question."""
    rater: str
    """Name of the person; empty if not given."""
    sitting: str
    """Identifier that the page generates for each person; empty if the file does not come from a page."""
    answers: tuple[Answer, ...]

    @property
    def person(self) -> str:
        """Name of the person. Without a name, every sitting counts as another person."""
        return self.rater or f"{self.page}/{self.sitting or self.path}"


def read_ratings(paths: Sequence[Path]) -> list[Ratings]:
    """Read the saved answers of one or more people.

    Raises
    ------
    SourceError
        If a file is missing, damaged, of another version or without answers, if a person answered a page
        twice, or if the files have different modes.
    """
    found: list[Ratings] = []
    for path in paths:
        ratings = _read(path)
        for other in found:
            _check_together(other, ratings)
        found.append(ratings)
    return found


def _read(path: Path) -> Ratings:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceError(f"{path} does not exist", _SAVED_FILES) from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})", _SAVE_AGAIN) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not a file of ratings", _SAVED_FILES) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: damaged, not valid JSON ({error})", _SAVE_AGAIN) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise SourceError(f"{path}: not a file of ratings", _SAVED_FILES)
    version = data.get("version")
    if version != VERSION:
        raise SourceError(
            f"{path}: ratings of version {version!r}, but this cartoonize reads version {VERSION}",
            "Use the version of cartoonize that wrote the page.",
        )
    try:
        ratings = _ratings_from(path, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise SourceError(f"{path}: damaged ({reason})", _SAVE_AGAIN) from error
    if not ratings.answers:
        raise SourceError(f"{path}: contains no answers", "Leave it out.")
    return ratings


def _ratings_from(path: Path, data: dict[str, Any]) -> Ratings:
    mode, page = data["mode"], data["page"]
    rater, sitting = data.get("rater") or "", data.get("sitting") or ""
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
    for name, value in (("page", page), ("rater", rater), ("sitting", sitting)):
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a string, got {value!r}")
    if not isinstance(data["answers"], list):
        raise TypeError("answers must be a list")
    answers = tuple(_answer_from(answer, mode) for answer in data["answers"])
    if len({answer.item for answer in answers}) < len(answers):
        raise ValueError("a pair has two answers")
    return Ratings(path, page, mode, _writable(rater.strip()), sitting, answers)


def _answer_from(answer: Any, mode: Mode) -> Answer:
    item, method, frame = answer["item"], answer["method"], answer["frame"]
    value = answer["score" if mode == "rating" else "fooled"]
    good = _is_whole(value) and 0 <= value <= 10 if mode == "rating" else isinstance(value, bool)
    whole = (
        isinstance(method, str) and method and _is_whole(frame) and (_is_whole(item) or isinstance(item, str))
    )
    if not (good and whole):
        raise ValueError(f"invalid answer {json.dumps(answer)[:120]}")
    return Answer(str(item), _writable(method), frame, float(value))


def _writable(name: str) -> str:
    """Return a name that can be encoded as UTF-8; names of files that are not UTF-8 have lone surrogates."""
    return name.encode(errors="replace").decode()


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_together(one: Ratings, two: Ratings) -> None:
    """Raise `SourceError` if two files cannot be evaluated together."""
    if one.mode != two.mode:
        raise SourceError(
            f"{one.path} has mode {one.mode}, but {two.path} has mode {two.mode}",
            "Evaluate the files of each mode separately.",
        )
    if one.page != two.page:
        return
    if one.sitting and two.sitting and one.sitting == two.sitting:
        same = True
    elif one.sitting and two.sitting:
        same = False
    else:
        same = (one.rater, one.answers) == (two.rater, two.answers)
    if same:
        raise SourceError(
            f"{one.path} and {two.path} hold answers of the same person to the same page",
            "Leave one of them out.",
        )
    if one.rater and one.rater == two.rater:
        raise SourceError(
            f"{one.path} and {two.path}: {one.rater!r} answered the same page twice",
            "Leave one of them out. If they are two people, change a name in its file.",
        )


_SAVED_FILES = "Give the files that the page of `cartoonize rate` saved."
_SAVE_AGAIN = "Save it again from the page, or leave it out."
