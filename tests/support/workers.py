"""Films and options of the tests of workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cartoonize.coloring.options import ColorizeOptions
from cartoonize.filters.predict import LOOKAHEAD, PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions

#: Shots of two films: the number of frames, and for how many frames a drawing is held. One is a long hold.
SHOTS = {1: ((5, 1), (34, 1), (LOOKAHEAD + 12, LOOKAHEAD + 12), (6, 3)), 2: ((4, 2), (3, 1))}
N_FRAMES = [sum(n_frames for n_frames, _ in SHOTS[number]) for number in (1, 2)]
WIDTH = 1 / 16


def pictures(shots: Sequence[tuple[int, int]], seed: int = 0) -> Iterator[np.ndarray]:
    """Draw shots in which a box jumps over a background of random paints."""
    random = np.random.default_rng(seed)
    for n_frames, times in shots:
        ground = random.integers(40, 220, (6, 8, 3)).astype(np.uint8).repeat(8, 0).repeat(8, 1)
        for number in range(n_frames):
            picture, at = ground.copy(), number // times * 5 % 50
            picture[8:30, at : at + 14] = 255 - ground[8:30, at : at + 14]
            yield picture


def options(
    refine: Any = "none",
    order: Any = "members",
    decode: Any = "expectation",
    precision: Any = "float32",
    **render: Any,
) -> ColorizeOptions:
    """Return options for the CPU, with films as FFV1."""
    return ColorizeOptions(
        PredictOptions(decode=decode, device="cpu", precision=precision),
        RefineOptions(refine),
        RenderOptions(codec="ffv1", **render),
        order,
    )
