"""Evaluate: score coloured videos or folders against the coloured original, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cartoonize.errors import SourceError, UsageError
from cartoonize.frames import area_average


@dataclass(frozen=True)
class EvaluateSummary:
    """The scores of one coloured video."""

    colorized: str
    scores: dict[str, float]
    """As in `cartoonize.metrics.Scores.result`."""


def evaluate(
    colorized: Sequence[Path],
    reference: Path,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[EvaluateSummary]:
    """Score coloured videos against their original; all frames, both resized to 256x256 by area averaging.

    Parameters
    ----------
    colorized : sequence of Path
        Videos or folders of stills, frame for frame the same film as the reference.
    reference : Path
        The coloured original.
    progress : callable
        Called with (frames scored, frames of the reference or 0).

    Raises
    ------
    SourceError
        If one cannot be read, or has another number of frames.
    """
    from cartoonize.metrics import Scores
    from cartoonize.metrics.pair import FrameColors
    from cartoonize.video import open_source

    if not colorized:
        raise UsageError("nothing to score", "Name one or more coloured videos.")
    with ExitStack() as stack:
        original = stack.enter_context(open_source(reference))
        results = [stack.enter_context(open_source(path)) for path in colorized]
        scores = [Scores() for _ in colorized]
        streams = [result.frames(rgb=True) for result in results]
        done = 0
        for frame in original.frames(rgb=True):
            assert frame.rgb is not None
            truth = FrameColors.of(area_average(frame.rgb))
            for path, stream, score in zip(colorized, streams, scores, strict=True):
                other = next(stream, None)
                if other is None:
                    raise _unequal(path, reference, f"ends after {done} frames, the reference does not")
                assert other.rgb is not None
                score.update(truth, FrameColors.of(area_average(other.rgb)))
            done += 1
            progress(done, original.format.n_frames)
        for path, stream in zip(colorized, streams, strict=True):
            if next(stream, None) is not None:
                raise _unequal(path, reference, f"goes on after the reference's {done} frames")
    return [EvaluateSummary(str(p), s.result()) for p, s in zip(colorized, scores, strict=True)]


def _unequal(path: Path, reference: Path, what: str) -> SourceError:
    return SourceError(
        f"{path} {what} ({reference})", "Score a result against the very file that it was made from."
    )
