"""Measure how much worse every method is on other prints of the film, whose grey it was not trained on.

The luma of a print differs from the film's, so scores of whole pictures would also count the changes of the
print. Only colours are scored here: a method sees the print, and its a and b are put on the luma of the
original, shifted like the print by gate weave.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cartoonize.atomic import write_text
from cartoonize.errors import UsageError
from cartoonize.frames import COLOR_SIZE, Frame, area_average
from cartoonize.prints.presets import PRINTS, find_print
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.colorer import Colorer, seconds_per_frame
from cartoonize.workspace import EpisodeRecord, Workspace

if TYPE_CHECKING:
    from cartoonize.metrics import Metric, Pair

#: Name of the result in the workspace's reports.
FILE = "prints.json"

#: Name of the unchanged film among the names of prints.
_OWN = ""
_SCORES = ("ciede2000", "share_within_10", "vivid_within_10")


@dataclass(frozen=True)
class RobustnessOptions:
    """Options of `try_prints`."""

    prints: tuple[str, ...] = tuple(PRINTS)
    """Names from `PRINTS`."""
    n_frames: int = 60
    """Largest number of unique drawings, evenly spread over the episode."""
    minutes: float = 5.0
    """Time limit for each method. A slow method gets every second drawing, or every fourth, and so on."""

    def __post_init__(self) -> None:
        if not self.prints:
            raise UsageError("prints is empty", f"Known: {', '.join(PRINTS)}")
        for name in self.prints:
            find_print(name)
        if not 1 <= self.n_frames <= 100_000:
            raise UsageError(f"n_frames must be 1 to 100000, got {self.n_frames}", "The default is 60.")
        if not 0 < self.minutes <= 100_000:
            raise UsageError(
                f"minutes must be greater than 0 and at most 100000, got {self.minutes:g}",
                "The default is 5.",
            )


class _Errors:
    """Errors of one method on one print."""

    def __init__(self) -> None:
        from cartoonize.metrics.ciede2000 import Ciede2000
        from cartoonize.metrics.vivid import VividAccuracy

        metrics: tuple[Metric, ...] = (Ciede2000(), VividAccuracy())
        self._sums = [(metric, np.zeros(metric.n_sums)) for metric in metrics]

    def add(self, pair: Pair) -> None:
        for metric, total in self._sums:
            total += metric.sums(pair)

    def scores(self) -> dict[str, float]:
        found = {name: value for metric, total in self._sums for name, value in metric.scores(total).items()}
        return {name: found[name] for name in _SCORES}


@dataclass
class _Trial:
    """State of one method's trial."""

    color: Colorer
    stride: int = 1
    """The method gets every ``stride``-th drawing."""
    n_frames: int = 0
    errors: dict[str, _Errors] = field(default_factory=dict)


def try_prints(
    workspace: Workspace,
    methods: Mapping[str, Colorer],
    *,
    options: RobustnessOptions = RobustnessOptions(),
    reporter: Reporter = LOG,
) -> dict[str, Any]:
    """Score methods on prints of the first test episode, and write ``reports/prints.json``.

    Parameters
    ----------
    workspace : Workspace
        With an extracted test episode. Its kept drawings, without credits, are coloured.
    methods : mapping of str to Colorer
        Methods by name.
    options : RobustnessOptions
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    dict
        ``episode``, ``n_frames``, ``prints`` (``name``, ``described``) and ``rows``. A row has ``method``,
        ``n_frames``, ``own`` (scores on the film's own grey; for methods trained on CIE L of the coloured
        picture: on that) and ``loss`` (for each print: score on the print minus own score).

    Raises
    ------
    UsageError
        If there is no test episode, or it has only credits.
    """
    manifest = workspace.load()
    episodes = workspace.set_of(manifest, "test")
    if not episodes:
        raise UsageError(
            "the workspace has no test episode", "Hold one out with `cartoonize split --test NAME`."
        )
    chosen = _spread([index for index, _ in episodes[0].pictures], options.n_frames)
    if not chosen:
        raise UsageError(
            f"episode {episodes[0].name!r} has only credits",
            "Correct the marks with `cartoonize credits --unmark FROM-TO`.",
        )
    trials = {name: _Trial(color) for name, color in methods.items()}
    for number, frame in enumerate(_drawings(episodes[0], chosen)):
        if number == 0:
            for trial in trials.values():
                trial.stride = _affordable_stride(trial.color, frame, len(chosen), options)
        _try_drawing(frame, [t for t in trials.values() if number % t.stride == 0], options.prints)
        reporter.progress("colouring prints", number + 1, len(chosen), unit="drawings")
    result = {
        "episode": episodes[0].name,
        "n_frames": len(chosen),
        "prints": [{"name": name, "described": find_print(name).description} for name in options.prints],
        "rows": [_row(name, trial, options.prints) for name, trial in trials.items()],
    }
    write_text(workspace.reports / FILE, json.dumps(result, indent=1) + "\n")
    return result


def _drawings(episode: EpisodeRecord, indices: Sequence[int]) -> Iterator[Frame]:
    """Yield the frames of an episode's source with these indices, with ``rgb``."""
    from cartoonize.video import open_source

    wanted = set(indices)
    with open_source(Path(episode.source), allow_damaged=True) as source:
        for frame in source.frames(rgb=True):
            if frame.index in wanted:
                yield frame
            if frame.index == indices[-1]:
                return


def _try_drawing(frame: Frame, trials: Sequence[_Trial], prints: Sequence[str]) -> None:
    """Colour a drawing and its prints with every method, and add up the errors."""
    from cartoonize.color.luma import rgb_of_luma_ab
    from cartoonize.metrics import FrameColors, Pair, Reference
    from cartoonize.prints.strike import shifted, strike_print

    assert frame.rgb is not None
    seen, truths = [frame.having(drawing=0)], [FrameColors.of(area_average(frame.rgb))]
    for number, name in enumerate(prints, 1):
        grey, shift = strike_print(frame.rgb, find_print(name), frame.index)
        seen.append(frame.having(grey=grey, rgb=None, drawing=number))
        truths.append(FrameColors.of(area_average(shifted(frame.rgb, shift))))
    for trial in trials:
        for name, colored, truth in zip((_OWN, *prints), trial.color(seen), truths, strict=True):
            assert colored.ab is not None and colored.ab.shape[1:] == (COLOR_SIZE, COLOR_SIZE, 2)
            result = np.rint(255 * rgb_of_luma_ab(truth.luma, colored.ab[0])).astype(np.uint8)
            pair = Pair(Reference(truth), FrameColors.of(result))
            trial.errors.setdefault(name, _Errors()).add(pair)
        trial.n_frames += 1


def _affordable_stride(color: Colorer, frame: Frame, n_frames: int, options: RobustnessOptions) -> int:
    """Return the smallest power of two as stride with which the drawings are coloured in time."""
    seconds = seconds_per_frame(color, frame.having(drawing=0)) * (1 + len(options.prints))
    stride = 1
    while stride < n_frames and -(-n_frames // stride) * seconds > 60 * options.minutes:
        stride *= 2
    return stride


def _row(name: str, trial: _Trial, prints: Sequence[str]) -> dict[str, Any]:
    from cartoonize.metrics.score_file import without_nan

    own = trial.errors[_OWN].scores()
    loss = {
        print_: {score: value - own[score] for score, value in trial.errors[print_].scores().items()}
        for print_ in prints
    }
    loss = {print_: without_nan(scores) for print_, scores in loss.items()}
    return {"method": name, "n_frames": trial.n_frames, "own": without_nan(own), "loss": loss}


def _spread(indices: Sequence[int], n_wanted: int) -> list[int]:
    """Return at most ``n_wanted`` indices, evenly spread."""
    n = min(n_wanted, len(indices))
    return [indices[(2 * k + 1) * len(indices) // (2 * n)] for k in range(n)]
