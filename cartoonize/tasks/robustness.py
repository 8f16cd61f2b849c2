"""Robustness: what every method loses on other prints of the film, where its own grey is gone.

The luma of a print is not the film's, so scores of whole pictures would also count what the print has
changed. Here only colours are judged: a method looks at the print, and its a and b are laid on the luma of
the original, moved as the print's gate has moved it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import write_text
from cartoonize.color.shown import shown
from cartoonize.errors import UsageError
from cartoonize.frames import COLOR_SIZE, Frame, area_average
from cartoonize.prints.presets import PRINTS, find_print
from cartoonize.workspace import EpisodeRecord, Workspace

#: Adds one ``ab`` to frames: a method on its own, as the colorize stage applies it.
Colorer = Callable[[Iterable[Frame]], Iterator[Frame]]

_OWN = ""
"""The film as it is, among the names of prints."""
FILE = "prints.json"


@dataclass(frozen=True)
class RobustnessOptions:
    """On what methods are tried."""

    prints: tuple[str, ...] = tuple(PRINTS)
    """Names of `PRINTS`."""
    n_frames: int = 60
    """Unique drawings, evenly spread over the episode, at most."""
    minutes: float = 5.0
    """For each method; a slow one gets every second drawing, or every fourth, ..."""

    def __post_init__(self) -> None:
        if not self.prints:
            raise UsageError("no print to try methods on", f"Known: {', '.join(PRINTS)}")
        for name in self.prints:
            find_print(name)
        if not 1 <= self.n_frames <= 100_000:
            raise UsageError(f"{self.n_frames} drawings are not 1..100000", "The default is 60.")
        if not 0 < self.minutes <= 100_000:
            raise UsageError(f"{self.minutes:g} minutes are no time to try a method", "The default is 5.")


@dataclass
class _Errors:
    """Colour differences of one method on one print."""

    total: float = 0.0
    n_within_10: int = 0
    n_pixels: int = 0

    def add(self, difference: NDArray[np.float32]) -> None:
        self.total += float(difference.sum(dtype=np.float64))
        self.n_within_10 += int(np.count_nonzero(difference <= 10))
        self.n_pixels += difference.size

    def scores(self) -> dict[str, float]:
        return {
            "ciede2000": self.total / self.n_pixels,
            "share_within_10": self.n_within_10 / self.n_pixels,
        }


@dataclass
class _Trial:
    """One method under way."""

    color: Colorer
    stride: int = 1
    """It gets every ``stride``-th drawing."""
    n_frames: int = 0
    errors: dict[str, _Errors] = field(default_factory=dict)


def try_prints(
    workspace: Workspace,
    methods: Mapping[str, Colorer],
    *,
    options: RobustnessOptions = RobustnessOptions(),
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
) -> dict[str, Any]:
    """Score methods on prints of the first test episode, and write ``reports/prints.json``.

    Parameters
    ----------
    workspace : Workspace
        With a test episode that was extracted: its kept drawings, credits left out, are what is coloured.
    methods : mapping of str to callable
        By name; each adds ``ab`` to frames that it is given in order, a frame a drawing.
    options : RobustnessOptions
    progress : callable
        Called with ("prints", drawings done, all drawings).

    Returns
    -------
    dict
        ``episode``, ``n_frames``, ``prints`` (``name``, ``described``) and ``rows``: ``method``, its
        ``n_frames``, its scores on the film's ``own`` grey (for methods trained on CIE L of the coloured
        picture: on that), and its ``loss`` on each print, score there minus score here.
    """
    manifest = workspace.load()
    episodes = workspace.set_of(manifest, "test")
    if not episodes:
        raise UsageError(
            "no test episode to make prints of", "Hold one out with `cartoonize split --test NAME`."
        )
    chosen = _spread([index for index, _ in episodes[0].pictures], options.n_frames)
    if not chosen:
        raise UsageError(f"episode {episodes[0].name!r} has no drawing but credits", "Look at its marks.")
    trials = {name: _Trial(color) for name, color in methods.items()}
    for number, frame in enumerate(_drawings(episodes[0], chosen)):
        if number == 0:
            for trial in trials.values():
                trial.stride = _affordable_stride(trial.color, frame, len(chosen), options)
        _try_drawing(frame, [t for t in trials.values() if number % t.stride == 0], options.prints)
        progress("prints", number + 1, len(chosen))
    result = {
        "episode": episodes[0].name,
        "n_frames": len(chosen),
        "prints": [{"name": name, "described": find_print(name).described} for name in options.prints],
        "rows": [_row(name, trial, options.prints) for name, trial in trials.items()],
    }
    write_text(workspace.reports / FILE, json.dumps(result, indent=1) + "\n")
    return result


def _drawings(episode: EpisodeRecord, indices: Sequence[int]) -> Iterator[Frame]:
    """Yield these frames of an episode's source, in colour."""
    from cartoonize.video import open_source

    wanted = set(indices)
    with open_source(Path(episode.source), allow_damaged=True) as source:
        for frame in source.frames(rgb=True):
            if frame.index in wanted:
                yield frame
            if frame.index == indices[-1]:
                return


def _try_drawing(frame: Frame, trials: Sequence[_Trial], prints: Sequence[str]) -> None:
    """Let methods colour a drawing and its prints, and add up their errors."""
    from cartoonize.metrics import FrameColors
    from cartoonize.metrics.ciede2000 import ciede2000
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
            result = np.rint(255 * shown(truth.luma, colored.ab[0])).astype(np.uint8)
            difference = ciede2000(truth.lab, FrameColors.of(result).lab)
            trial.errors.setdefault(name, _Errors()).add(difference)
        trial.n_frames += 1


def _affordable_stride(color: Colorer, frame: Frame, n_frames: int, options: RobustnessOptions) -> int:
    """Return the smallest power of two such that every so many drawings are coloured in time."""
    once = [frame.having(drawing=0)]
    list(color(once))  # compiles, and fetches memory
    started = time.perf_counter()
    list(color(once))
    seconds = (time.perf_counter() - started) * (1 + len(options.prints))
    stride = 1
    while stride < n_frames and -(-n_frames // stride) * seconds > 60 * options.minutes:
        stride *= 2
    return stride


def _row(name: str, trial: _Trial, prints: Sequence[str]) -> dict[str, Any]:
    own = trial.errors[_OWN].scores()
    loss = {
        print_: {score: value - own[score] for score, value in trial.errors[print_].scores().items()}
        for print_ in prints
    }
    return {"method": name, "n_frames": trial.n_frames, "own": own, "loss": loss}


def _spread(indices: Sequence[int], n_wanted: int) -> list[int]:
    """Return at most so many of them, evenly spread."""
    n = min(n_wanted, len(indices))
    return [indices[(2 * k + 1) * len(indices) // (2 * n)] for k in range(n)]
