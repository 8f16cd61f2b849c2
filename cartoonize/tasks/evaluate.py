"""Evaluate: score coloured videos or folders against the coloured original, frame by frame."""

from __future__ import annotations

import json
import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import make_folder, write_text
from cartoonize.errors import UsageError
from cartoonize.frames import Frame, area_average
from cartoonize.workspace import fingerprint, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.metrics import FrameColors, Measures, Pair, Reference, ShotScores, Sums

#: Results that are read beside the reference at a time; more take turns, in further passes.
BATCH = 6
#: Frames that may wait for their scores.
LOOKAHEAD = 8

#: Mean chroma, in CIELAB units, up to which a film has no colour to speak of.
_GREY = 1.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class EvaluateOptions:
    """What is scored."""

    pa_thresholds: tuple[float, ...] = ()
    """Further thresholds of the score ``pa``, in CIELAB units, beside the thesis's 2: ``pa_5``, say."""
    slow: bool = True
    """Also CIEDE2000 and SSIM, which take about as long as all the others."""

    def __post_init__(self) -> None:
        for threshold in self.pa_thresholds:
            if not 0 < threshold <= 200:
                raise UsageError(f"PA threshold {threshold:g} is not in 0..200", "The thesis's is 2.")


@dataclass(frozen=True)
class ScoredFrame:
    """One frame of the original and what the metrics see in the results' frames."""

    shot: int
    """Number of the shot it is in, from 0."""
    reference: Reference
    sums: list[Sums]
    """Of each result."""


@dataclass(frozen=True)
class EvaluateSummary:
    """The scores of one coloured video."""

    colorized: str
    name: str
    """What it is called in the score files: its file name; with its folder's, if two are called the same."""
    scores: dict[str, float]
    """As in `cartoonize.metrics.Scores.result`: of the episode, NaN where one has no meaning."""
    shots: tuple[ShotScores, ...] = ()
    """Of each shot."""


def score_frames(
    frames: Iterable[tuple[Frame, Sequence[Frame]]], measures: Measures
) -> Iterator[ScoredFrame]:
    """Score frames of results against frames of the original, in order; looks `LOOKAHEAD` frames ahead.

    Cuts are found in the original; from one shot to the next nothing is compared. All cores compute: what
    the metrics see in one frame depends on the frame before, but on no sum so far.

    Parameters
    ----------
    frames : iterable of (Frame, sequence of Frame)
        With ``rgb``: a frame of the original, and the same frame of each result.
    measures : Measures
        The metrics in use.
    """
    from concurrent.futures import Future, ThreadPoolExecutor

    def scored(shot: int, reference: Reference, pairs: Sequence[Pair]) -> ScoredFrame:
        return ScoredFrame(shot, reference, [measures.sums(pair) for pair in pairs])

    waiting: deque[Future[ScoredFrame]] = deque()
    with ThreadPoolExecutor(_n_cores()) as pool:
        for shot, reference, pairs in _paired(frames):
            waiting.append(pool.submit(scored, shot, reference, pairs))
            if len(waiting) > LOOKAHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _paired(
    frames: Iterable[tuple[Frame, Sequence[Frame]]],
) -> Iterator[tuple[int, Reference, list[Pair]]]:
    """Convert frames once, find the cuts, and put beside every frame the one before it."""
    from cartoonize.detect.cuts import CutDetector
    from cartoonize.metrics import FrameColors, Pair, Reference

    def colors_of(frame: Frame, luma: NDArray[np.uint8] | None = None) -> FrameColors:
        assert frame.rgb is not None
        return FrameColors.of(area_average(frame.rgb), luma=luma)

    cuts, shot = CutDetector(), 0
    before: list[FrameColors | None] = []
    for frame, others in frames:
        if cuts.is_cut(frame.grey):
            shot += 1
            before = []
        now = [colors_of(frame), *(colors_of(f, luma=area_average(f.grey)) for f in others)]
        last = before or [None] * len(now)
        reference = Reference(now[0], last[0])
        yield shot, reference, [Pair(reference, c, b) for c, b in zip(now[1:], last[1:], strict=True)]
        before = [*now]


def evaluate(
    colorized: Sequence[Path],
    reference: Path,
    *,
    options: EvaluateOptions | None = None,
    output: Path | None = None,
    progress: Progress = lambda done, total: None,
    notify: Callable[[str], None] = lambda line: None,
) -> list[EvaluateSummary]:
    """Score coloured videos against their original; all frames, both resized to 256x256 by area averaging.

    Up to six results are scored in one pass over the reference, and their files are written when it ends;
    memory does not grow with its length. With ``output``, a result whose file is there, from the same
    videos and options, is not scored again: what was cut off goes on from there.

    Parameters
    ----------
    colorized : sequence of Path
        Videos or folders of stills, frame for frame the same film as the reference.
    reference : Path
        The coloured original.
    options : EvaluateOptions, optional
    output : Path, optional
        Where to write the scores of all results as JSON. The scores of each result by frame and shot go
        into a folder of that name beside it, ``<output without suffix>/<result without suffix>.jsonl``.
    progress : callable
        Called with (frames scored, frames to score or 0), over all passes.
    notify : callable
        Called with warnings.

    Raises
    ------
    SourceError
        If one cannot be read, or is another film by length, shape or frame rate.
    UsageError
        If there is nothing to score, or two results would have one name.
    """
    from cartoonize.metrics.lines import read_scores, without_nan
    from cartoonize.video import open_source
    from cartoonize.video.aligned import check_same_film

    options = options or EvaluateOptions()
    if not colorized:
        raise UsageError("nothing to score", "Name one or more coloured videos.")
    with open_source(reference) as original:
        for path in colorized:
            with open_source(path) as result:
                check_same_film(result, original)
        n_frames = original.format.n_frames
    jobs = _jobs(colorized, reference, options, output)
    done: dict[_Job, EvaluateSummary] = {}
    for job in jobs:
        if job.lines and (found := read_scores(job.lines, job.key)):
            done[job] = EvaluateSummary(str(job.path), job.name, *found)
    left = [job for job in jobs if job not in done]
    if output is not None:
        make_folder(output.with_suffix(""))  # rather now than after an hour
    n_passes = math.ceil(len(left) / BATCH)
    for number in range(n_passes):
        batch = left[number * BATCH : (number + 1) * BATCH]

        def move(n: int, number: int = number) -> None:
            progress(number * n_frames + n, n_passes * n_frames)

        summaries, chroma = _score(batch, reference, options, move)
        done |= zip(batch, summaries, strict=True)
        if number == 0 and chroma < _GREY:
            notify(
                f"{reference} has no colour (its mean chroma is {chroma:.1f}): "
                "scores of colour mean nothing. Score against the coloured original."
            )
    if output is not None:
        rows = [without_nan({"colorized": job.name, **done[job].scores}) for job in jobs]
        write_text(output, json.dumps(rows, indent=1) + "\n")
    return [done[job] for job in jobs]


@dataclass(frozen=True)
class _Job:
    """One result to score."""

    path: Path
    name: str
    lines: Path | None
    """Where its scores by frame and shot go."""
    key: str
    """Fingerprint of all that they depend on."""


def _jobs(
    colorized: Sequence[Path], reference: Path, options: EvaluateOptions, output: Path | None
) -> list[_Job]:
    """Name the results: by their folder, too, where two have one name."""
    if output is None:
        return [_Job(path, path.name, None, str(number)) for number, path in enumerate(colorized)]
    if output.suffix != ".json":
        raise UsageError(f"{output}: scores are written as JSON", "Give it a name that ends in .json.")
    names = [path.resolve().name for path in colorized]
    stems = [Path(name).stem for name in names]
    for number, path in enumerate(colorized):
        if stems.count(Path(names[number]).stem) > 1:
            names[number] = f"{path.resolve().parent.name}/{names[number]}"
    folder = output.with_suffix("")
    files = [(folder / name).with_suffix(".jsonl") for name in names]
    if twice := next((file for file in files if files.count(file) > 1), None):
        raise UsageError(
            f"two results would both write {twice}", "Name each once, or rename one, or score them apart."
        )
    original = fingerprint(reference)
    keys = [fingerprint_of([fingerprint(path), original, asdict(options)]) for path in colorized]
    return [_Job(*job) for job in zip(colorized, names, files, keys, strict=True)]


def _score(
    jobs: Sequence[_Job], reference: Path, options: EvaluateOptions, progress: Callable[[int], None]
) -> tuple[list[EvaluateSummary], float]:
    """Score some results in one pass and write their lines; also return the original's mean chroma."""
    from cartoonize.metrics import Scores
    from cartoonize.metrics.colorfulness import mean_chroma
    from cartoonize.metrics.lines import ScoreLines
    from cartoonize.video import open_source
    from cartoonize.video.aligned import frames_alongside

    scores = [Scores(pa_thresholds=options.pa_thresholds, slow=options.slow) for _ in jobs]
    chroma = 0.0
    with ExitStack() as stack:
        original = stack.enter_context(open_source(reference))
        results = [stack.enter_context(open_source(job.path)) for job in jobs]
        lines = [stack.enter_context(ScoreLines()) for _ in jobs]
        for n, frame in enumerate(score_frames(frames_alongside(original, results), scores[0].measures), 1):
            for score, line, sums in zip(scores, lines, frame.sums, strict=True):
                line.add(frame.shot, score.add(sums, shot=frame.shot))
            chroma += mean_chroma(frame.reference.colors)
            progress(n)
        for job, score, line in zip(jobs, scores, lines, strict=True):
            if job.lines:
                header = {
                    "colorized": str(job.path),
                    "reference": str(reference),
                    "frame_rate": float(original.format.frame_rate),
                    "key": job.key,
                }
                line.write(job.lines, header, score)
    summaries = [
        EvaluateSummary(str(job.path), job.name, score.result(), tuple(score.shots()))
        for job, score in zip(jobs, scores, strict=True)
    ]
    return summaries, chroma / max(scores[0].n_frames, 1)


def _n_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
