"""How long every method takes for one picture, and every refinement: measured side by side in one run."""

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


@dataclass(frozen=True)
class TimesOptions:
    """What to measure."""

    n_images: int = 5
    """Unique drawings, evenly spread over the first thousand frames."""
    device: str = "auto"

    def __post_init__(self) -> None:
        if not 1 <= self.n_images <= 1000:
            raise UsageError(f"{self.n_images} images are not 1..1000", "The default is 5.")


def time_members(
    members: Sequence[Member],
    source: Path,
    *,
    options: TimesOptions,
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
) -> dict[str, Any]:
    """Measure seconds for one 256x256 image, in batches of one, and for each refinement of its colours.

    The thesis (8.3) gives 74 ms an image for its networks and 35.3 s for Welsh. Reading the film is not
    counted. The first image, on which code is compiled and memory is gathered, is coloured twice and
    counted once.

    Returns
    -------
    dict
        ``hardware``, and ``rows`` of ``variant``, ``seconds_per_image`` and ``refinements`` (name to
        seconds): medians.
    """
    frames = _drawings(source, options.n_images)
    coloring = PredictOptions(device=options.device)
    rows = []
    for number, member in enumerate(members):
        progress("time", number, len(members))
        colored, seconds = _timed(frames, partial(predict_frames, members=[member], options=coloring))
        refinements = {
            name: _timed(colored, partial(refine_frames, options=RefineOptions(name)))[1]
            for name in FILLS
            if name != "none"
        }
        rows.append({"variant": member.name, "seconds_per_image": seconds, "refinements": refinements})
    return {"hardware": _hardware(), "n_images": len(frames), "rows": rows}


def _timed(frames: Sequence[Frame], stage: Callable[[list[Frame]], Any]) -> tuple[list[Frame], float]:
    """Run a stage on one frame at a time; return its frames and the median of its seconds."""
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
        expected = min(opened.format.n_frames or 1000, 1000)
        step = max(1, expected // n_images)
        with_color = opened.format.has_color
        frames = number_drawings(opened.frames(rgb=with_color))
        spread = (frame for frame in islice(frames, 1000) if frame.index % step == 0)
        found = list(islice(spread, n_images))
    return [frame.having(drawing=number) for number, frame in enumerate(found)]


def _hardware() -> str:
    import torch

    parts = [platform.machine(), f"{os.cpu_count()} CPU cores", f"{torch.get_num_threads()} threads"]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name(0))
    return ", ".join([*parts, f"torch {torch.__version__}"])
