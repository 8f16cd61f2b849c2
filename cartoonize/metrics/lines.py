"""Scores as JSON lines: a header, every frame, every shot, the pixels' errors, the episode."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cartoonize.atomic import make_folder, replacing
from cartoonize.metrics.scores import Scores, ShotScores

#: Goes up with every change of a formula: scores of other versions are not taken for these.
VERSION = 1
PROTOCOL = "256x256 area averaged, sRGB 8 bit, CIELAB D65"


class ScoreLines:
    """The lines of one result under way; frames go to the disk as they come, the rest at the end.

    Every line is an object with a ``kind``: ``header``, then ``frame`` in order, ``shot``, ``histogram`` and
    ``episode``. A score without meaning is null.
    """

    def __enter__(self) -> Self:
        self._frames = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._n_frames = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frames.close()

    def add(self, shot: int, scores: dict[str, float]) -> None:
        """Add the next frame."""
        self._frames.write(_line("frame", frame=self._n_frames, shot=shot, **scores))
        self._n_frames += 1

    def write(self, path: Path, header: dict[str, Any], scores: Scores) -> None:
        """Write the whole file, atomically.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        make_folder(path.parent)
        with replacing(path) as part, part.open("w", encoding="utf-8") as file:
            file.write(
                _line("header", **header, n_frames=scores.n_frames, protocol=PROTOCOL, version=VERSION)
            )
            self._frames.seek(0)
            shutil.copyfileobj(self._frames, file)
            for shot in scores.shots():
                file.write(_line("shot", shot=shot.shot, start=shot.start, stop=shot.stop, **shot.scores))
            for errors in scores.pixel_errors():
                file.write(_line("histogram", of=errors.of, edges=errors.edges, pixels=errors.pixels))
            file.write(_line("episode", **scores.result()))


def read_scores(path: Path, key: str) -> tuple[dict[str, float], tuple[ShotScores, ...]] | None:
    """Return the scores of the episode and of its shots from a whole file whose header has this ``key``.

    None if there is no such file: if it is missing, damaged, of another version, or has another key.
    """
    shots: list[ShotScores] = []
    try:
        with path.open(encoding="utf-8") as file:
            header = json.loads(file.readline())
            if header["key"] != key or header["version"] != VERSION:
                return None
            for text in file:
                line = {k: float("nan") if v is None else v for k, v in json.loads(text).items()}
                match line.pop("kind"):
                    case "shot":
                        shot, start, stop = (int(line.pop(name)) for name in ("shot", "start", "stop"))
                        shots.append(ShotScores(shot, start, stop, line))
                    case "episode":
                        return line, tuple(shots)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None


def without_nan(scores: dict[str, Any]) -> dict[str, Any]:
    """Return scores as JSON can hold them: those without meaning are None."""
    return {name: None if value != value else value for name, value in scores.items()}


def _line(kind: str, **values: Any) -> str:
    return json.dumps({"kind": kind, **without_nan(values)}, allow_nan=False) + "\n"
