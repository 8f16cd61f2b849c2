"""Measure each metric on pairs of frames of 256x256: python -m benchmarks.bench_metrics [VIDEO]."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from cartoonize.color.lab import lab_to_rgb, quantize, rgb_to_lab
from cartoonize.frames import area_average
from cartoonize.metrics import FrameColors, Measures, Pair, Reference
from cartoonize.tasks.evaluate import EvaluateOptions, evaluate

N_FRAMES = 100
SLOW = {"ciede2000", "ssim"}
CONVERSION = "conversion of a frame"
#: The first result pays for everything that depends on the reference alone; further ones reuse it.
KINDS = ("first", "further")
T = TypeVar("T")


def originals(path: Path | None) -> list[np.ndarray]:
    """Return the first frames of a video at 256x256; without a video, those of a drawn moving scene."""
    if path is not None:
        from cartoonize.video import open_source

        with open_source(path) as source:
            frames = islice(source.frames(rgb=True), N_FRAMES)
            return [area_average(frame.rgb) for frame in frames if frame.rgb is not None]
    rng = np.random.default_rng(0)
    shapes = rng.integers((0, 0, 8, 8), (256, 256, 60, 60), (30, 4))
    paints = rng.integers(30, 240, (30, 3))
    drawn = []
    for index in range(N_FRAMES):
        rgb = np.full((256, 256, 3), (150, 190, 230), np.uint8)
        for (x, y, width, height), paint in zip(shapes.tolist(), paints.tolist(), strict=True):
            cv2.ellipse(rgb, (x + index // 2, y), (width, height), 0, 0, 360, paint, -1, cv2.LINE_AA)
            cv2.ellipse(rgb, (x + index // 2, y), (width, height), 0, 0, 360, (12, 12, 12), 2, cv2.LINE_AA)
        drawn.append(np.clip(rgb + rng.normal(0, 1, rgb.shape), 0, 255).astype(np.uint8))
    return drawn


def colorized(rgb: np.ndarray) -> np.ndarray:
    """Return a picture with faded and blurred colours, like the output of a network."""
    lab = rgb_to_lab(rgb)
    lab[..., 1:] = 0.7 * cv2.GaussianBlur(lab[..., 1:], (0, 0), 3)
    return quantize(lab_to_rgb(lab))


def main() -> None:
    """Print the time of each metric, and of `evaluate` on the video if there is one."""
    cv2.setNumThreads(1)
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    spent = milliseconds(originals(path))
    medians = {name: {k: float(np.median(v)) for k, v in times.items()} for name, times in spent.items()}
    print(f"{'ms per pair of frames, one thread':42} first  further results")
    for name, times in medians.items():
        print(f"{name[:42]:42}" + "".join(f"{times.get(kind, 0):7.2f}" for kind in KINDS))
    for kind, n_conversions in zip(KINDS, (2, 1), strict=True):
        own = {name: times[kind] for name, times in medians.items() if kind in times and name != CONVERSION}
        total = sum(own.values()) + n_conversions * medians[CONVERSION]["first"]
        slow = sum(time for name, time in own.items() if any(word in name for word in SLOW))
        print(f"{kind} result: {total:.2f} ms, without CIEDE2000 and SSIM {total - slow:.2f} ms")
    if path is not None:
        for options in (EvaluateOptions(slow=False), EvaluateOptions()):
            start, start_cpu = time.perf_counter(), time.process_time()
            n_frames = evaluate([path], path, options=options)[0].scores["n_frames"]
            wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
            print(
                f"evaluate with reading and writing, {options}: {n_frames / wall:.1f} frames/s, "
                f"{1000 * cpu / n_frames:.1f} ms of processor time per frame"
            )


def milliseconds(frames: list[np.ndarray]) -> dict[str, dict[str, list[float]]]:
    """Return the milliseconds of every metric on every frame.

    Times are separate for the first result and for a further one with the same reference.
    """
    spent: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))

    def clocked(name: str, kind: str, work: Callable[..., T], *arguments: Any) -> T:
        start = time.perf_counter()
        done = work(*arguments)
        spent[name][kind].append(1000 * (time.perf_counter() - start))
        return done

    measures = Measures()
    before: tuple[FrameColors, FrameColors] | None = None
    for rgb in frames:
        result = colorized(rgb)
        colors = clocked(CONVERSION, "first", FrameColors.of, rgb)
        other = FrameColors.of(result)
        reference = Reference(colors, before and before[0])
        for kind in KINDS:
            pair = Pair(reference, other, before and before[1])
            for metric in measures.metrics:
                name = "/".join(metric.scores(np.zeros(metric.n_sums)))
                clocked(name, kind, metric.sums, pair)
            for histogram in measures.histograms:
                clocked(f"histogram of {histogram.of}", kind, histogram.counts, pair)
        before = colors, other
    return spent


if __name__ == "__main__":
    main()
