"""Measure how long every method, and every region fill, takes for one picture."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from cartoonize.errors import UsageError
from cartoonize.filters.number import number_drawings
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.filters.refine import FILLS, RefineOptions, refine_frames
from cartoonize.frames import Frame
from cartoonize.methods.member import Member
from cartoonize.reporting import LOG, Reporter

#: Drawings are taken from this many frames at the beginning of the film.
_N_FRAMES = 1000


@dataclass(frozen=True)
class TimesOptions:
    """Options of `time_members`."""

    n_images: int = 5
    """Number of unique drawings, evenly spread over the first thousand frames."""
    device: str = "auto"

    def __post_init__(self) -> None:
        if not 1 <= self.n_images <= 1000:
            raise UsageError(f"n_images must be 1 to 1000, got {self.n_images}", "The default is 5.")


def time_members(
    members: Sequence[Member], source: Path, *, options: TimesOptions, reporter: Reporter = LOG
) -> dict[str, Any]:
    """Measure the seconds for one 256x256 image, in batches of one, and for each fill of its colours.

    The thesis (8.3) reports 74 ms per image for its networks and 35.3 s for Welsh. Reading the film is not
    counted. The first image is coloured once without measuring, to compile code and allocate memory.

    Parameters
    ----------
    members : sequence of Member
        Methods to measure.
    source : Path
        Video or folder of stills with the drawings.
    options : TimesOptions
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    dict
        ``hardware``, ``n_images``, and ``rows`` with ``variant``, ``seconds_per_image`` and ``refinements``
        (name to seconds). All times are medians.
    """
    frames = _drawings(source, options.n_images)
    coloring = PredictOptions(device=options.device)
    rows = []
    for number, member in enumerate(members):
        reporter.progress("measuring times", number, len(members), unit="methods")
        colored, seconds = _timed(frames, partial(predict_frames, members=[member], options=coloring))
        refinements = {
            name: _timed(colored, partial(refine_frames, options=RefineOptions(name)))[1]
            for name in FILLS
            if name != "none"
        }
        rows.append({"variant": member.name, "seconds_per_image": seconds, "refinements": refinements})
    return {"hardware": _hardware(), "n_images": len(frames), "rows": rows}


def _timed(frames: Sequence[Frame], stage: Callable[[list[Frame]], Any]) -> tuple[list[Frame], float]:
    """Run a stage on one frame at a time; return its frames and the median of the seconds."""
    list(stage([frames[0]]))
    done, seconds = [], []
    for frame in frames:
        started = time.perf_counter()
        done += stage([frame])
        seconds.append(time.perf_counter() - started)
    return done, round(statistics.median(seconds), 5)


def _drawings(source: Path, n_images: int) -> list[Frame]:
    from cartoonize.video import open_source

    with open_source(source) as opened:
        expected = min(opened.format.n_frames or _N_FRAMES, _N_FRAMES)
        step = max(1, expected // n_images)
        with_color = opened.format.has_color
        frames = number_drawings(opened.frames(rgb=with_color))
        spread = (frame for frame in islice(frames, _N_FRAMES) if frame.index % step == 0)
        found = list(islice(spread, n_images))
    return [frame.having(drawing=number) for number, frame in enumerate(found)]


def _hardware() -> str:
    import torch

    parts = [platform.machine(), f"{os.cpu_count()} CPU cores", f"{torch.get_num_threads()} threads"]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name(0))
    return ", ".join([*parts, f"torch {torch.__version__}"])
