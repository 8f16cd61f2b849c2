"""Measure how much a method changes an object's colour when the object changes otherwise (thesis, 8.5).

An object's colour is the median of a method's a and b inside the object's visible area. The score is
CIEDE2000 between the colours of the first frame and of a later frame, both on the object's true luma, so that
only colour differs. If the scene fades, the first frame's colour is faded, too. A method that keeps the
colour scores 0, and so does grey.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import replacing, write_text
from cartoonize.color.lab import rgb_to_lab
from cartoonize.errors import UsageError
from cartoonize.frames import Frame
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.colorer import Colorer, seconds_per_frame
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.sample.trials import TrialFrame

#: Names of the result and of the folder with pictures, in the workspace's reports.
FILE = "trials.json"
FOLDER = "trials"

#: Smallest area that has a colour, in pixels of 256x192.
_MIN_PIXELS = 12
#: Possible strides of a slow method over the 13 frames of a clip.
_STRIDES = (1, 3, 6, 12)
#: Contents of a strip: number of methods, stride of the frames, size of a frame and width of a label.
_N_SHOWN, _SHOWN_STRIDE, _CELL, _LABEL = 6, 3, (96, 128), 140
#: Grey level of the background, and of the labels.
_BACKGROUND, _INK = 24, 235


@dataclass(frozen=True)
class TrialsOptions:
    """Options of `try_changes`."""

    n_settings: int = 4
    """Settings (background and object) of each trial, 1..4."""
    minutes: float = 5.0
    """Time limit for each method. A slow method gets fewer frames of each clip."""
    seed: int = 0
    """Seed of positions and details."""

    def __post_init__(self) -> None:
        if not 1 <= self.n_settings <= 4:
            raise UsageError(f"n_settings must be 1 to 4, got {self.n_settings}", "The default is 4.")
        if not 0 < self.minutes <= 100_000:
            raise UsageError(
                f"minutes must be greater than 0 and at most 100000, got {self.minutes:g}",
                "The default is 5.",
            )
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"seed must be 0 to {2**32 - 1}, got {self.seed}", "The default is 0.")


@dataclass
class _Method:
    """Results of one method."""

    color: Colorer
    stride: int = 1
    n_frames: int = 0
    changes: dict[str, list[float]] = field(default_factory=dict)
    """By trial: one CIEDE2000 for every colour of every later frame."""
    errors: dict[str, list[float]] = field(default_factory=dict)
    """By trial: one CIEDE2000 for every colour of every first frame."""


def try_changes(
    workspace: Workspace,
    methods: Mapping[str, Colorer],
    *,
    options: TrialsOptions = TrialsOptions(),
    reporter: Reporter = LOG,
) -> dict[str, Any]:
    """Colour the drawn trials with every method and score the changes of colour.

    Writes ``reports/trials.json`` and ``reports/trials/<trial>.png``.

    Parameters
    ----------
    workspace : Workspace
        The results go to its reports.
    methods : mapping of str to Colorer
        Methods by name. The pictures show the first six.
    options : TrialsOptions
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    dict
        ``trials``, ``n_settings`` and ``rows``. A row has ``method``, ``n_frames``, and by trial ``change``
        (mean CIEDE2000 of all frames but the first against the first, over all settings) and ``error`` (mean
        CIEDE2000 of the first frame against the true colour, which reveals stable but wrong colours).
    """
    from cartoonize.sample.trials import SETTINGS, TRIALS, draw_trial

    states = {name: _Method(color) for name, color in methods.items()}
    clips = [(trial, setting) for trial in TRIALS for setting in SETTINGS[: options.n_settings]]
    for number, (trial, setting) in enumerate(clips):
        clip = list(draw_trial(trial, setting, seed=options.seed))
        frames = [_frame(index, drawn) for index, drawn in enumerate(clip)]
        strips = [[drawn.rgb for drawn in clip]]
        for method in states.values():
            if number == 0:
                method.stride = _affordable_stride(method.color, frames[0], len(clips), options)
            colored = list(method.color(frames[:: method.stride]))
            method.n_frames += len(colored)
            _compare(method, trial, clip[:: method.stride], colored)
            if setting is SETTINGS[0] and len(strips) <= _N_SHOWN:
                strips.append(_pictures(clip, colored))
        if setting is SETTINGS[0]:
            labels = ["truth", *list(states)[:_N_SHOWN]]
            _write_strips(workspace, trial, labels, strips)
        reporter.progress("colouring trials", number + 1, len(clips), unit="clips")
    rows = [
        {
            "method": name,
            "n_frames": method.n_frames,
            "change": {trial: _mean(method.changes.get(trial)) for trial in TRIALS},
            "error": {trial: _mean(method.errors.get(trial)) for trial in TRIALS},
        }
        for name, method in states.items()
    ]
    result = {"trials": list(TRIALS), "n_settings": options.n_settings, "rows": rows}
    write_text(workspace.reports / FILE, json.dumps(result, indent=1) + "\n")
    return result


def _frame(index: int, drawn: TrialFrame) -> Frame:
    from cartoonize.color.luma import luma_of_rgb

    grey = luma_of_rgb(drawn.rgb)
    return Frame(index, index, grey, grey, drawn.rgb, duration=1, drawing=index, shot=0)


def _compare(method: _Method, trial: str, clip: Sequence[TrialFrame], colored: Sequence[Frame]) -> None:
    """Collect the differences of the first frame from the truth, and of later frames from the first."""
    changes, errors = method.changes.setdefault(trial, []), method.errors.setdefault(trial, [])
    for part in range(len(clip[0].colors)):
        first = _color_of(clip[0], colored[0], part)
        assert first is not None
        errors.append(_apart(first, clip[0].colors[part] / 255))
        for drawn, frame in zip(clip[1:], colored[1:], strict=True):
            later = _color_of(drawn, frame, part)
            if later is not None:
                changes.append(_apart(later, first * drawn.opacity))


def _color_of(drawn: TrialFrame, frame: Frame, part: int) -> NDArray[np.float64] | None:
    """Return a method's colour of a part, sRGB (3,) 0..1; None if too little of the part is visible."""
    import cv2

    from cartoonize.color.luma import LUMA_WEIGHTS, rgb_of_luma_ab

    assert frame.ab is not None
    size = (frame.ab.shape[2], frame.ab.shape[1])
    if np.count_nonzero(drawn.parts == part + 1) < _MIN_PIXELS:
        return None
    inside = cv2.resize(drawn.parts, size, interpolation=cv2.INTER_NEAREST) == part + 1
    ab = np.median(frame.ab[0][inside], axis=0).astype(np.float32)
    red, blue = LUMA_WEIGHTS["bt601"]
    luma = drawn.colors[part] @ np.array([red, 1 - red - blue, blue])
    return rgb_of_luma_ab(np.array([[luma]]), ab[None, None])[0, 0].astype(np.float64)


def _apart(color: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Return CIEDE2000 of two sRGB colours, both with the L of the expected one."""
    from cartoonize.metrics.ciede2000 import ciede2000

    lab, wanted = rgb_to_lab(color), rgb_to_lab(np.asarray(expected, np.float64))
    lab[0] = wanted[0]
    return float(ciede2000(lab, wanted))


def _mean(values: Sequence[float] | None) -> float | None:
    return float(np.mean(values)) if values else None


def _affordable_stride(color: Colorer, frame: Frame, n_clips: int, options: TrialsOptions) -> int:
    """Return the smallest stride with which a method colours its share of the clips in time."""
    from cartoonize.sample.trials import N_FRAMES

    seconds = seconds_per_frame(color, frame)
    affordable = 60 * options.minutes / n_clips
    return next((s for s in _STRIDES if len(range(0, N_FRAMES, s)) * seconds <= affordable), _STRIDES[-1])


def _pictures(clip: Sequence[TrialFrame], colored: Sequence[Frame]) -> list[NDArray[np.uint8]]:
    """Return a clip as coloured by a method; frames that the method did not get are black."""
    import cv2

    from cartoonize.color.luma import rgb_of_luma_ab

    pictures = [np.zeros_like(drawn.rgb) for drawn in clip]
    for frame in colored:
        assert frame.ab is not None
        height, width = frame.grey.shape
        ab = cv2.resize(frame.ab[0], (width, height), interpolation=cv2.INTER_LINEAR)
        rgb = rgb_of_luma_ab(frame.grey, np.asarray(ab, np.float32))
        pictures[frame.index] = np.rint(255 * rgb).astype(np.uint8)
    return pictures


def _write_strips(
    workspace: Workspace, trial: str, labels: Sequence[str], strips: Sequence[Sequence[NDArray[np.uint8]]]
) -> None:
    """Write a picture with a row for each label, which stands on the left."""
    import cv2

    height, width = _CELL
    rows = []
    for label, strip in zip(labels, strips, strict=True):
        name = np.full((height + 2, _LABEL, 3), _BACKGROUND, np.uint8)
        cv2.putText(name, label, (6, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (_INK,) * 3, 1, cv2.LINE_AA)
        row = [name]
        for picture in strip[::_SHOWN_STRIDE]:
            cell: Any = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
            row.append(cv2.copyMakeBorder(cell, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(_BACKGROUND,) * 3))
        rows.append(np.concatenate(row, 1))
    page = np.concatenate(rows)[..., ::-1]
    done, data = cv2.imencode(".png", page, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert done
    with replacing(workspace.reports / FOLDER / f"{trial}.png") as temporary:
        temporary.write_bytes(data.tobytes())
