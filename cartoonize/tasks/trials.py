"""Trials: by how much a method changes an object's colour when something else about it changes (thesis 8.5).

An object's colour is the median of a method's a and b well inside the object's visible area. What is counted
is CIEDE2000 between the colours that the first frame's and a later frame's a and b show on the object's true
luma, so that nothing but colour differs. When the scene fades, the first frame's colour is faded, too: a
method that keeps its colour scores 0, and so does grey.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import replacing, write_text
from cartoonize.color.lab import rgb_to_lab
from cartoonize.color.luma import LUMA_WEIGHTS, luma_of_rgb
from cartoonize.color.shown import shown
from cartoonize.errors import UsageError
from cartoonize.frames import Frame
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.sample.trials import TrialFrame

#: Adds one ``ab`` to frames: a method on its own, as the colorize stage applies it.
Colorer = Callable[[Iterable[Frame]], Iterator[Frame]]

FILE = "trials.json"
FOLDER = "trials"

#: Areas of fewer pixels of 256x192 say nothing of a colour.
_LEAST = 12
#: A slow method gets every so many frames of the 13 of a clip.
_STRIDES = (1, 3, 6, 12)
#: What the strips show: so many methods, every so many frames, at this size in pixels.
_N_SHOWN, _SHOWN_STRIDE, _CELL, _LABEL = 6, 3, (96, 128), 140


@dataclass(frozen=True)
class TrialsOptions:
    """What methods are tried on."""

    n_settings: int = 4
    """Sets and objects for each trial, 1..4."""
    minutes: float = 5.0
    """For each method; a slow one gets fewer frames of each clip."""
    seed: int = 0
    """Of places and details."""

    def __post_init__(self) -> None:
        if not 1 <= self.n_settings <= 4:
            raise UsageError(f"{self.n_settings} settings are not 1..4", "The default is 4.")
        if not 0 < self.minutes <= 100_000:
            raise UsageError(f"{self.minutes:g} minutes are no time to try a method", "The default is 5.")
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"seed {self.seed} is not in 0..{2**32 - 1}", "Give another number.")


@dataclass
class _Method:
    """One method under way."""

    color: Colorer
    stride: int = 1
    n_frames: int = 0
    changes: dict[str, list[float]] = field(default_factory=dict)
    """By trial: a number for every colour of every later frame."""
    errors: dict[str, list[float]] = field(default_factory=dict)
    """By trial: a number for every colour of every first frame."""


def try_changes(
    workspace: Workspace,
    methods: Mapping[str, Colorer],
    *,
    options: TrialsOptions = TrialsOptions(),
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
) -> dict[str, Any]:
    """Let methods colour the drawn trials; write ``reports/trials.json`` and ``reports/trials/<trial>.png``.

    Parameters
    ----------
    workspace : Workspace
        Where the report goes.
    methods : mapping of str to callable
        By name; each adds ``ab`` to frames that it is given in order, a frame a drawing. The first six are
        shown on the pictures.
    options : TrialsOptions
    progress : callable
        Called with ("trials", clips done, all clips).

    Returns
    -------
    dict
        ``trials``, and ``rows`` of ``method``, ``n_frames``, ``change`` and ``error``: by trial, the mean
        change of colour (CIEDE2000) over all frames but the first and all settings, and the mean difference
        from the true colour in the first frame, so that stable but wrong colours are seen.
    """
    from cartoonize.sample.trials import SETTINGS, TRIALS, draw_trial

    tried = {name: _Method(color) for name, color in methods.items()}
    clips = [(trial, setting) for trial in TRIALS for setting in SETTINGS[: options.n_settings]]
    for number, (trial, setting) in enumerate(clips):
        clip = list(draw_trial(trial, setting, seed=options.seed))
        frames = [_frame(index, drawn) for index, drawn in enumerate(clip)]
        strips = [[drawn.rgb for drawn in clip]]
        for method in tried.values():
            if number == 0:
                method.stride = _affordable_stride(method.color, frames[0], len(clips), options)
            colored = list(method.color(frames[:: method.stride]))
            method.n_frames += len(colored)
            _compare(method, trial, clip[:: method.stride], colored)
            if setting is SETTINGS[0] and len(strips) <= _N_SHOWN:
                strips.append(_pictures(clip, colored))
        if setting is SETTINGS[0]:
            labels = ["truth", *list(tried)[:_N_SHOWN]]
            _write_strips(workspace, trial, labels, strips)
        progress("trials", number + 1, len(clips))
    rows = [
        {
            "method": name,
            "n_frames": method.n_frames,
            "change": {trial: _mean(method.changes.get(trial)) for trial in TRIALS},
            "error": {trial: _mean(method.errors.get(trial)) for trial in TRIALS},
        }
        for name, method in tried.items()
    ]
    result = {"trials": list(TRIALS), "n_settings": options.n_settings, "rows": rows}
    write_text(workspace.reports / FILE, json.dumps(result, indent=1) + "\n")
    return result


def _frame(index: int, drawn: TrialFrame) -> Frame:
    grey = luma_of_rgb(drawn.rgb)
    return Frame(index, index, grey, grey, drawn.rgb, duration=1, drawing=index, shot=0)


def _compare(method: _Method, trial: str, clip: Sequence[TrialFrame], colored: Sequence[Frame]) -> None:
    """Add up how the colours of the later frames differ from the first one's."""
    changes, errors = method.changes.setdefault(trial, []), method.errors.setdefault(trial, [])
    for part in range(len(clip[0].colors)):
        first = _result(clip[0], colored[0], part)
        assert first is not None
        errors.append(_apart(first, clip[0].colors[part] / 255))
        for drawn, frame in zip(clip[1:], colored[1:], strict=True):
            later = _result(drawn, frame, part)
            if later is not None:
                changes.append(_apart(later, first * drawn.opacity))


def _result(drawn: TrialFrame, frame: Frame, part: int) -> NDArray[np.float64] | None:
    """Return the colour, sRGB (3,) 0..1, that a method gives to a part; None where hardly any is seen."""
    import cv2

    assert frame.ab is not None
    size = (frame.ab.shape[2], frame.ab.shape[1])
    if np.count_nonzero(drawn.parts == part + 1) < _LEAST:
        return None
    inside = cv2.resize(drawn.parts, size, interpolation=cv2.INTER_NEAREST) == part + 1
    ab = np.median(frame.ab[0][inside], axis=0).astype(np.float32)
    red, blue = LUMA_WEIGHTS["bt601"]
    luma = drawn.colors[part] @ np.array([red, 1 - red - blue, blue])
    return shown(np.array([[luma]]), ab[None, None])[0, 0].astype(np.float64)


def _apart(color: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Return CIEDE2000 of two sRGB colours, both at the L of the expected one."""
    from cartoonize.metrics.ciede2000 import ciede2000

    lab, wanted = rgb_to_lab(color), rgb_to_lab(np.asarray(expected, np.float64))
    lab[0] = wanted[0]
    return float(ciede2000(lab, wanted))


def _mean(values: Sequence[float] | None) -> float | None:
    return float(np.mean(values)) if values else None


def _affordable_stride(color: Colorer, frame: Frame, n_clips: int, options: TrialsOptions) -> int:
    """Return which share of a clip's frames are coloured in time: every one, or every third, ..."""
    from cartoonize.sample.trials import N_FRAMES

    list(color([frame]))  # compiles, and fetches memory
    started = time.perf_counter()
    list(color([frame]))
    seconds = time.perf_counter() - started
    affordable = 60 * options.minutes / n_clips
    return next((s for s in _STRIDES if len(range(0, N_FRAMES, s)) * seconds <= affordable), _STRIDES[-1])


def _pictures(clip: Sequence[TrialFrame], colored: Sequence[Frame]) -> list[NDArray[np.uint8]]:
    """Return a clip as a method has coloured it; frames that it was not given are black."""
    import cv2

    pictures = [np.zeros_like(drawn.rgb) for drawn in clip]
    for frame in colored:
        assert frame.ab is not None
        height, width = frame.grey.shape
        ab = cv2.resize(frame.ab[0], (width, height), interpolation=cv2.INTER_LINEAR)
        pictures[frame.index] = np.rint(255 * shown(frame.grey, np.asarray(ab, np.float32))).astype(np.uint8)
    return pictures


def _write_strips(
    workspace: Workspace, trial: str, labels: Sequence[str], strips: Sequence[Sequence[NDArray[np.uint8]]]
) -> None:
    """Write a picture with a row for each label, its name on the left."""
    import cv2

    height, width = _CELL
    rows = []
    for label, strip in zip(labels, strips, strict=True):
        name = np.full((height + 2, _LABEL, 3), 24, np.uint8)
        cv2.putText(name, label, (6, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (235,) * 3, 1, cv2.LINE_AA)
        row = [name]
        for picture in strip[::_SHOWN_STRIDE]:
            cell: Any = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
            row.append(cv2.copyMakeBorder(cell, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(24,) * 3))
        rows.append(np.concatenate(row, 1))
    page = np.concatenate(rows)[..., ::-1]
    done, data = cv2.imencode(".png", page, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert done
    with replacing(workspace.reports / FOLDER / f"{trial}.png") as temporary:
        temporary.write_bytes(data.tobytes())
