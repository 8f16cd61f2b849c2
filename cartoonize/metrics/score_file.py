"""Score files in JSON lines: header, frames, shots, histograms of pixel errors, episode."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cartoonize.atomic import make_folder, replacing
from cartoonize.metrics.scores import Scores, ShotScores

#: Increased with every change of a formula. Scores of other versions are not reused.
VERSION = 2
#: Description of the protocol in the header of every file.
PROTOCOL = "256x256 area averaged, sRGB 8 bit, CIELAB D65"


class ScoreFileWriter:
    """Writer of the scores of one result. Scores of frames go to a temporary file first.

    Every line is an object with a ``kind``: ``header``, then ``frame`` in order, ``shot``, ``histogram`` and
    ``episode``. An undefined score is null.
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
        """Add the scores of the next frame."""
        self._frames.write(_line("frame", frame=self._n_frames, shot=shot, **scores))
        self._n_frames += 1

    def write(self, path: Path, header: dict[str, Any], scores: Scores) -> None:
        """Write the complete file atomically.

        Raises
        ------
        OutputError
            If the file cannot be written.
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
    """Read the scores of an episode and of its shots.

    Parameters
    ----------
    path : Path
        File written by `ScoreFileWriter`.
    key : str
        Key that the header must have.

    Returns
    -------
    tuple or None
        Scores of the episode by name and scores of the shots. None if the file is missing, damaged, of
        another version or has another key.
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
    """Replace NaN, which JSON cannot represent, by None."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in scores.items()
    }


def _line(kind: str, **values: Any) -> str:
    return json.dumps({"kind": kind, **without_nan(values)}, allow_nan=False) + "\n"
