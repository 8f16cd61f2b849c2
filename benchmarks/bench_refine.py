"""Time of the region fills, compared with one pass of the network."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.material import drawings, untrained
from benchmarks.measure import Table, seconds
from cartoonize.color.bins import decode
from cartoonize.color.lab import lightness_on_grid
from cartoonize.devices import name_of, pick_dtype
from cartoonize.frames import COLOR_SIZE
from cartoonize.methods.member import Member
from cartoonize.methods.networks.inference import for_inference
from cartoonize.methods.registry import VARIANTS
from cartoonize.refine.fill import fill_regions
from cartoonize.refine.regions import felzenszwalb_regions, grow_regions
from cartoonize.refine.upsample import upsample_spline

BATCH = 4
Array = NDArray[Any]


def run(quick: bool = False) -> list[Table]:
    """Return the table of fills."""
    dtype = pick_dtype("auto", torch.device("cpu"))
    network = for_inference(untrained("plain"), dtype)
    member = Member("plain", VARIANTS["plain"], network, dtype=dtype)
    frames = [lightness_on_grid(grey, COLOR_SIZE, COLOR_SIZE) for grey in drawings(8 if quick else 40)]
    batch = torch.from_numpy(np.stack(frames[:BATCH]))
    forward = seconds(lambda: member.predict(batch)) / BATCH
    predicted = decode(member.predict(batch)).numpy()
    ab = upsample_spline(predicted, COLOR_SIZE, COLOR_SIZE)[0]
    rows = [(f"one pass of plain, {name_of(dtype)}", 1000 * forward, "1")]
    for name, regions_of in (("grow", grow_regions), ("felzenszwalb", felzenszwalb_regions)):
        taken = _median(partial(_fill, ab, regions_of), frames)
        rows.append((f"--refine {name}", 1000 * taken, f"{taken / forward:.2f}x"))
    note = (
        f"Frames of {COLOR_SIZE}x{COLOR_SIZE}. The network runs in batches of {BATCH} on "
        f"{torch.get_num_threads()} threads, the fills run on one; medians over {len(frames)} drawings."
    )
    return [Table("Fills compared with the network", ("work", "ms per frame", "ratio"), rows, note)]


def _fill(ab: Array, regions_of: Callable[[Array], Any], frame: Array) -> Array:
    return fill_regions(ab, regions_of(frame))


def _median(work: Callable[[Array], Any], frames: Sequence[Array]) -> float:
    work(frames[0])
    taken = []
    for frame in frames:
        started = time.perf_counter()
        work(frame)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
