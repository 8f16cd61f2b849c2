"""What people answered on a page of `cartoonize rate`: the files that it saves, read and checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from cartoonize.errors import SourceError

FORMAT, VERSION = "cartoonize-ratings", 1
#: What stands for a method where no method had a part: the original's own colours, or wrong ones.
CONTROL = "control"

Mode = Literal["rating", "real-or-fake"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class Answer:
    """What one person said of one pair."""

    item: str
    method: str
    """What coloured it, or `CONTROL`."""
    frame: int
    value: float
    """0 to 10; real-or-fake: 1 if the person took the false picture for the real one, else 0."""


@dataclass(frozen=True)
class Ratings:
    """One file: what one person said of one page."""

    path: Path
    page: str
    mode: Mode
    rater: str
    """The person's name; empty if not given."""
    sitting: str
    """Made up by the page for each person; empty if the file was written otherwise."""
    answers: tuple[Answer, ...]

    @property
    def person(self) -> str:
        """The name, or who it is without one: somebody else for every sitting."""
        return self.rater or f"{self.page}/{self.sitting or self.path}"


def read_ratings(paths: Sequence[Path]) -> list[Ratings]:
    """Read saved answers of one or more people.

    Raises
    ------
    SourceError
        If a file is damaged, of another version or has no answers, if one person is there twice, or if the
        files are of two modes.
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
        raise SourceError(f"{path} does not exist", _OURS) from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})", _AGAIN) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: these are no ratings", _OURS) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: damaged, not whole JSON ({error})", _AGAIN) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise SourceError(f"{path}: these are no ratings", _OURS)
    version = data.get("version")
    if version != VERSION:
        raise SourceError(
            f"{path}: ratings of version {version!r}, this cartoonize reads version {VERSION}",
            "Read them with the cartoonize that wrote the page.",
        )
    try:
        ratings = _ratings_from(path, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise SourceError(f"{path}: damaged ({said})", _AGAIN) from error
    if not ratings.answers:
        raise SourceError(f"{path}: there is no answer in it", "Leave it out.")
    return ratings


def _ratings_from(path: Path, data: dict[str, Any]) -> Ratings:
    mode, page = data["mode"], data["page"]
    rater, sitting = data.get("rater") or "", data.get("sitting") or ""
    if mode not in MODES:
        raise ValueError(f"mode {mode!r}")
    for name, value in (("page", page), ("rater", rater), ("sitting", sitting)):
        if not isinstance(value, str):
            raise TypeError(f"{name} {value!r}")
    if not isinstance(data["answers"], list):
        raise TypeError("answers are not a list")
    answers = tuple(_answer_from(answer, mode) for answer in data["answers"])
    if len({answer.item for answer in answers}) < len(answers):
        raise ValueError("one pair has two answers")
    return Ratings(path, page, mode, _writable(rater.strip()), sitting, answers)


def _answer_from(answer: Any, mode: Mode) -> Answer:
    item, method, frame = answer["item"], answer["method"], answer["frame"]
    value = answer["score" if mode == "rating" else "fooled"]
    good = _is_whole(value) and 0 <= value <= 10 if mode == "rating" else isinstance(value, bool)
    whole = (
        isinstance(method, str) and method and _is_whole(frame) and (_is_whole(item) or isinstance(item, str))
    )
    if not (good and whole):
        raise ValueError(f"an answer is {json.dumps(answer)[:120]}")
    return Answer(str(item), _writable(method), frame, float(value))


def _writable(name: str) -> str:
    """Return a name that can be written as UTF-8; file names that are none come with lone surrogates."""
    return name.encode(errors="replace").decode()


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_together(one: Ratings, two: Ratings) -> None:
    """Refuse two files that cannot be counted side by side."""
    if one.mode != two.mode:
        raise SourceError(
            f"{one.path} is of mode {one.mode}, {two.path} of {two.mode}: the answers mean different things",
            "Read them one mode at a time.",
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
            f"{one.path} and {two.path} are the same person's answers to the same page",
            "Leave one of them out.",
        )
    if one.rater and one.rater == two.rater:
        raise SourceError(
            f"{one.path} and {two.path}: {one.rater!r} answered the same page twice",
            "Leave one of them out, or, if they are two people, change a name in its file.",
        )


_OURS = "Name the files that the page of `cartoonize rate` saved."
_AGAIN = "Save it again from the page, or leave it out."
