"""Wipes to be found: composed from the shots of the drawn sample series, both of which go on moving."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.luma import luma_of_rgb
from cartoonize.sample.options import SampleOptions
from cartoonize.sample.series import draw_pictures, episode_script

#: Height and width of the frames, which the detector reduces further.
SIZE = (120, 160)
LENGTHS = (6, 8, 10, 12, 16, 20, 24, 30, 36, 48)
#: Frames on both sides of a wipe.
N_AROUND = 20
#: Black frames beside an iris from or to black.
N_BLACK = 12
KINDS = ("straight", "straight", "iris", "iris to black", "iris from black", "clock")
#: Width of a soft edge, as a share of the way of the front.
SOFTNESS = (0.0, 0.0, 0.05, 0.15)

Pictures = NDArray[np.uint8]
"""(frames, height, width) 0..255."""


@dataclass(frozen=True)
class WipeTrial:
    """Two shots with a wipe between them."""

    kind: str
    start: int
    stop: int
    frames: Pictures
    shares: NDArray[np.float64]
    """(wiped frames, height, width) share of the picture that comes next, 0..1."""


def drawn_shots(seed: int) -> list[Pictures]:
    """Return the shots of a drawn series that are long enough for the longest wipe."""
    import cv2

    options = SampleOptions(seed=seed, height=240, width=320)
    found = []
    for episode in range(1, options.n_episodes + 1):
        pictures = np.array(
            [
                cv2.resize(luma_of_rgb(rgb), SIZE[::-1], interpolation=cv2.INTER_AREA)
                for rgb in draw_pictures(episode, options=options)
            ]
        )
        script = episode_script(episode, options)
        for take in script.takes:
            inside = np.arange(take.shot.start, take.shot.stop)
            clear = inside[script.opacity[inside] == 1]
            if take.scene is not None and len(clear) > N_AROUND + max(LENGTHS):
                found.append(pictures[clear])
    return found


def wipe_trials(shots: Sequence[Pictures], n_trials: int, seed: int) -> Iterator[WipeTrial]:
    """Yield wipes between random shots that show different pictures."""
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    n = 0
    while n < n_trials:
        length, kind = rng.choice(LENGTHS), rng.choice(KINDS)
        before, after = (_part(shot, length, rng) for shot in rng.sample(list(shots), 2))
        shares = wipe_shares(kind, length, rng)
        if np.corrcoef(before[N_AROUND].ravel(), after[0].ravel())[0, 1] > 0.5:
            continue
        n += 1
        out, into = before[N_AROUND:].astype(np.float64), after[:length].astype(np.float64)
        black = np.full((N_BLACK, *SIZE), 4.0)
        start = N_AROUND
        parts: list[NDArray[Any]] = [before[:N_AROUND], (1 - shares) * out + shares * into, after[length:]]
        if kind == "iris to black":
            parts = [before[:N_AROUND], (1 - shares) * out + shares * 4, black, after[length:]]
        elif kind == "iris from black":
            start += N_BLACK
            parts = [before[:N_AROUND], black, (1 - shares) * 4 + shares * into, after[length:]]
        film = np.concatenate(parts, dtype=np.float64)
        frames = np.clip(np.rint(film + noise.normal(0, 1, film.shape)), 0, 255).astype(np.uint8)
        yield WipeTrial(kind, start, start + length, frames, shares)


def wipe_shares(kind: str, length: int, rng: random.Random) -> NDArray[np.float64]:
    """Return the share of the second picture in each pixel of a random wipe, (length, height, width)."""
    y, x = np.meshgrid(
        (np.arange(SIZE[0]) + 0.5) / SIZE[0], (np.arange(SIZE[1]) + 0.5) / SIZE[1], indexing="ij"
    )
    reverses = False
    if kind == "straight":
        across, down = rng.choice([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)])
        way = across * x + down * y
    elif kind == "clock":
        turn = np.arctan2((x - 0.5) * SIZE[1], (0.5 - y) * SIZE[0]) / (2 * np.pi) % 1
        way = turn if rng.random() < 0.7 else 1 - turn
    else:
        left, top = rng.uniform(0.35, 0.65), rng.uniform(0.35, 0.65)
        way = np.hypot((x - left) * SIZE[1], (y - top) * SIZE[0])
        reverses = kind == "iris to black" or (kind == "iris" and rng.random() < 0.5)
    way = (way - way.min()) / (way.max() - way.min())
    way = 1 - way if reverses else way
    soft = max(rng.choice(SOFTNESS), 1e-3)
    time = (np.arange(1, length + 1) / (length + 1))[:, None, None]
    return np.clip((time * (1 + soft) - way) / soft, 0, 1)


def _part(shot: Pictures, length: int, rng: random.Random) -> Pictures:
    first = rng.randrange(len(shot) - N_AROUND - length)
    return shot[first : first + N_AROUND + length]
