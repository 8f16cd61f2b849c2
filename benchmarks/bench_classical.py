"""Measure the methods without a network on one core: python -m benchmarks.bench_classical [N_FRAMES].

Prints the milliseconds for a frame of 256x256, as the median over drawn frames. The thesis needed 35.3 s for
Welsh (8.3).
"""

import os

# Must be set before NumPy and torch are imported.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from benchmarks.stills import dabs
from cartoonize.annotations.hints import ColorHints
from cartoonize.annotations.references import Reference
from cartoonize.annotations.scribbles import Scribbles, scribbles_in
from cartoonize.frames import area_average
from cartoonize.learning.samples import Samples
from cartoonize.methods.classical.common.confident_pixels import confidence_peaks
from cartoonize.methods.classical.welsh.welsh import Welsh
from cartoonize.methods.member import Member, fixed_member
from cartoonize.methods.registry import find_variant
from cartoonize.sample.options import SampleOptions
from cartoonize.tasks.sample import sample
from cartoonize.video import open_source


def drawn_frames(n_frames: int) -> np.ndarray:
    """Return frames of the sample series: (n, 256, 256, 3) sRGB. Every second one is for learning."""
    with tempfile.TemporaryDirectory() as folder:
        options = SampleOptions(n_episodes=1, seconds=max(4, n_frames / 12))
        (episode,) = sample(Path(folder), options=options)
        with open_source(episode.path) as source:
            frames = source.frames(rgb=True)
            pictures = [area_average(frame.rgb) for frame in frames if frame.rgb is not None]
    return np.stack(pictures[:: max(1, len(pictures) // n_frames)][:n_frames])


def peaky_histogram(seed: int) -> torch.Tensor:
    """Return a smooth random histogram with peaks, like the output of a network: (1, 313, 56, 56)."""
    noise = np.random.default_rng(seed).normal(size=(56, 56, 313)).astype(np.float32)
    logits = torch.from_numpy(gaussian_filter(noise, (2, 2, 0)) * 20)
    return torch.softmax(logits, -1).permute(2, 0, 1)[None]


def milliseconds(member: Member, frames: list[torch.Tensor]) -> float:
    """Return the median time of a prediction in milliseconds."""
    member.predict(frames[0])
    taken = []
    for frame in frames:
        started = time.perf_counter()
        member.predict(frame)
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


def members(pictures: np.ndarray) -> dict[str, Member]:
    """Return the methods to measure by name, fitted on every second picture."""
    learned = Samples(pictures[::2])
    found = {}
    for name in ("lookup", "nearest", "welsh", "sykora", "charpiat", "deshpande"):
        variant = find_variant(name)
        module: Any = variant.build()
        module.fit(learned.whole_frames(variant.n_fitted))
        found[name] = Member(name, variant, module)
    lightness, ab = next(learned.whole_frames(1))
    colors = ColorHints.everywhere(ab[0].permute(1, 2, 0).numpy())
    reference = Reference(lightness[0, 0].numpy() * 100, colors)
    quarters = [((x, y, 0.3, 0.3), (x, y, 0.3, 0.3)) for x in (0.1, 0.6) for y in (0.1, 0.6)]
    swatched = Welsh([reference], quarters)
    found["welsh with 4 swatches"] = Member("welsh", find_variant("welsh"), swatched)
    marks = confidence_peaks(peaky_histogram(0)[0].numpy())
    scribbles = Scribbles({0: marks}, always=True)
    found[f"levin with {len(marks)} scribbles"] = fixed_member("levin", {"scribbles": scribbles})
    painted = scribbles_in(dabs(pictures[1], np.random.default_rng(0)))
    strokes = Scribbles({0: painted}, always=True)
    name = f"lazybrush with {len(painted)} pixels of dabs"
    found[name] = fixed_member("lazybrush", {"scribbles": strokes})
    return found


def main() -> None:
    """Print the time of each method."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    pictures = drawn_frames(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    frames = [luminance[:, 0] * 100 for luminance, _ in Samples(pictures[1::2]).whole_frames()]
    print(f"{len(frames)} frames, one core, torch {torch.__version__}")
    for name, member in members(pictures).items():
        print(f"{name:<36}{milliseconds(member, frames):8.1f} ms a frame")


if __name__ == "__main__":
    main()
