"""Score coloured videos or folders of stills against the coloured original, frame by frame."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.atomic import make_folder, write_text
from cartoonize.errors import UsageError
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.score_frames import score_frames
from cartoonize.tasks.short_names import shortest_names
from cartoonize.workspace import fingerprint, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.metrics import ShotScores

#: Number of results that are read beside the reference in one pass. More results take more passes.
BATCH = 6

#: Mean chroma, in CIELAB units, below which a film counts as grey.
_GREY = 1.0


@dataclass(frozen=True)
class EvaluateOptions:
    """Scores to compute."""

    pa_thresholds: tuple[float, ...] = ()
    """Further thresholds of the score ``pa``, in CIELAB units, beside the thesis's 2. A threshold of 5 gives
    the score ``pa_5``."""
    slow: bool = True
    """Also compute CIEDE2000 and SSIM, which take about as long as all other scores."""
    bars: bool = True
    """Find black bars around the picture of the original, and leave them out of the scores."""

    def __post_init__(self) -> None:
        for threshold in self.pa_thresholds:
            if not 0 < threshold <= 200:
                raise UsageError(
                    f"PA threshold must be greater than 0 and at most 200, got {threshold:g}",
                    "The thesis uses 2.",
                )


@dataclass(frozen=True)
class EvaluateSummary:
    """Scores of one coloured video."""

    colorized: str
    name: str
    """Name in the score files: the file name, with folders if results have the same file name."""
    scores: dict[str, float]
    """Scores of the film, as in `cartoonize.metrics.Scores.result`; NaN where a score is undefined."""
    shots: tuple[ShotScores, ...] = ()
    """Scores of each shot."""


def evaluate(
    colorized: Sequence[Path],
    reference: Path,
    *,
    options: EvaluateOptions | None = None,
    output: Path | None = None,
    reporter: Reporter = LOG,
) -> list[EvaluateSummary]:
    """Score all frames of coloured videos against their original, both area-averaged to 256x256.

    One pass over the reference scores up to six results and writes their files at its end. Memory does not
    grow with the length of the film. With ``output``, results that were scored before, with the same videos
    and options, are read from their files. So an interrupted call continues where it stopped.

    Parameters
    ----------
    colorized : sequence of Path
        Videos or folders of stills with the same frames as the reference.
    reference : Path
        The coloured original.
    options : EvaluateOptions, optional
    output : Path, optional
        JSON file for the scores of all results. The scores of each result by frame and shot go to
        ``<output without suffix>/<result without suffix>.jsonl``.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of EvaluateSummary
        One per result, in order.

    Raises
    ------
    SourceError
        If a film cannot be read, or differs from the reference in length, shape or frame rate.
    UsageError
        If there are no results, or two of them would have the same name.
    """
    from cartoonize.metrics.score_file import read_scores, without_nan

    options = options or EvaluateOptions()
    n_frames = _check_films(colorized, reference)
    jobs = _jobs(colorized, reference, options, output)
    done: dict[_Job, EvaluateSummary] = {}
    for job in jobs:
        if job.lines and (found := read_scores(job.lines, job.key)):
            done[job] = EvaluateSummary(str(job.path), job.name, *found)
    remaining = [job for job in jobs if job not in done]
    if output is not None:
        make_folder(output.with_suffix(""))  # fails now rather than after an hour
    n_passes = math.ceil(len(remaining) / BATCH)
    for number in range(n_passes):
        batch = remaining[number * BATCH : (number + 1) * BATCH]

        def report(n: int, number: int = number) -> None:
            reporter.progress("scoring frames", number * n_frames + n, n_passes * n_frames)

        summaries, chroma = _score(batch, reference, options, report)
        done |= zip(batch, summaries, strict=True)
        if number == 0 and chroma < _GREY:
            reporter.warning(
                f"{reference} has no colour (mean chroma {chroma:.1f}), so colour scores mean nothing."
                " Use the coloured original."
            )
    if output is not None:
        rows = [without_nan({"colorized": job.name, **done[job].scores}) for job in jobs]
        write_text(output, json.dumps(rows, indent=1) + "\n")
    return [done[job] for job in jobs]


def _check_films(colorized: Sequence[Path], reference: Path) -> int:
    """Raise an error if a result is not a copy of the reference; return the declared number of frames."""
    from cartoonize.video import open_source
    from cartoonize.video.aligned import check_same_film

    if not colorized:
        raise UsageError("no results given", "Name one or more coloured videos.")
    with open_source(reference) as original:
        for path in colorized:
            with open_source(path) as result:
                check_same_film(result, original)
        return original.format.n_frames


@dataclass(frozen=True)
class _Job:
    """One result to score."""

    path: Path
    name: str
    lines: Path | None
    """File for the scores by frame and shot."""
    key: str
    """Fingerprint of everything that the scores depend on."""


def _jobs(
    colorized: Sequence[Path], reference: Path, options: EvaluateOptions, output: Path | None
) -> list[_Job]:
    """Return one job per result."""
    names = shortest_names(colorized, with_suffix=True)
    if output is None:
        described = zip(colorized, names, strict=True)
        return [_Job(path, name, None, str(number)) for number, (path, name) in enumerate(described)]
    if output.suffix != ".json":
        raise UsageError(f"{output}: not the name of a JSON file", "Choose a name that ends in .json.")
    folder = output.with_suffix("")
    files = [(folder / name).with_suffix(".jsonl") for name in names]
    if repeated := next((file for file in files if files.count(file) > 1), None):
        raise UsageError(
            f"two results would both write {repeated}",
            "Name each result once, rename one, or score them in separate calls.",
        )
    original = fingerprint(reference)
    keys = [fingerprint_of([fingerprint(path), original, asdict(options)]) for path in colorized]
    return [_Job(*job) for job in zip(colorized, names, files, keys, strict=True)]


def _score(
    jobs: Sequence[_Job], reference: Path, options: EvaluateOptions, report: Callable[[int], None]
) -> tuple[list[EvaluateSummary], float]:
    """Score results in one pass and write their files; also return the mean chroma of the original."""
    from cartoonize.filters.areas import PictureAreas, find_areas
    from cartoonize.metrics import Scores
    from cartoonize.metrics.colorfulness import mean_chroma
    from cartoonize.metrics.score_file import ScoreFileWriter
    from cartoonize.video import open_source
    from cartoonize.video.aligned import aligned_frames

    scores = [Scores(pa_thresholds=options.pa_thresholds, slow=options.slow) for _ in jobs]
    chroma = 0.0
    with ExitStack() as stack:
        original = stack.enter_context(open_source(reference))
        results = [stack.enter_context(open_source(job.path)) for job in jobs]
        lines = [stack.enter_context(ScoreFileWriter()) for _ in jobs]
        areas = find_areas(original.frames()) if options.bars else PictureAreas()
        scored = score_frames(aligned_frames(original, results), scores[0].measures, areas)
        for n, frame in enumerate(scored, 1):
            for score, line, sums in zip(scores, lines, frame.sums, strict=True):
                line.add(frame.shot, score.add(sums, shot=frame.shot))
            chroma += mean_chroma(frame.reference.colors)
            report(n)
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
