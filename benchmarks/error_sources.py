"""Sources of error: what is wrong after tracking, and which step lost it.

python -m benchmarks.error_sources WORKSPACE                   # the validation episode, without help
python -m benchmarks.error_sources WORKSPACE --references 1    # with the first drawing of every shot

Each wrong pixel of the unique drawings, at 256x256, belongs to the first of these sources that explains it:

- outline: it is on an outline.
- region: the true colour of its region is wrong for it. The region joins two things, or its paint is soft or
  noisy.
- track: the true colour of its track over the shot is wrong for it. The track joins two things, or the
  colours of the copy drift.
- decision: one colour for the track is right, and another one was decided.

True colours are medians of ab over pixels that are about as light (steps of 10 in CIE L), because a track may
have one colour for each lightness.
"""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import WRONG, hardware
from benchmarks.sweep_tracks import Episode, episode_options
from cartoonize.annotations.hints import ColorHints
from cartoonize.color.lab import rgb_to_lab
from cartoonize.coloring.ensemble import Choice
from cartoonize.frames import Frame
from cartoonize.metrics.ciede2000 import ciede2000
from cartoonize.tracking.knots import KNOT_STEP, N_KNOTS
from cartoonize.tracking.parts import parts_of_grey, values_by_region
from cartoonize.tracking.tracked import PartPrediction, TrackedShot
from cartoonize.workspace import Workspace

SOURCES = ("outline", "region", "track", "decision")


@dataclass(frozen=True, eq=False)
class Drawing:
    """A coloured drawing, on the 256x256 grid."""

    truth: NDArray[np.uint8]
    """(256, 256, 3) the original."""
    shown: NDArray[np.uint8]
    """(256, 256, 3) the result."""
    lines: NDArray[np.bool_]
    """(256, 256) outlines."""
    regions: NDArray[np.int64]
    """(256, 256) number of the region, distinct in all drawings of the shot."""
    tracks: NDArray[np.int64]
    """(256, 256) number of the track."""


def sources_of(drawings: Sequence[Drawing]) -> Counter[str]:
    """Return the number of wrong pixels of each source, and of ``all`` pixels, in the drawings of a shot."""
    truth = np.stack([rgb_to_lab(drawing.truth) for drawing in drawings])
    shown = np.stack([rgb_to_lab(drawing.shown) for drawing in drawings])
    lines = np.stack([drawing.lines for drawing in drawings])
    knots = np.rint(truth[..., 0] / KNOT_STEP).astype(np.int64)
    left = ciede2000(truth, shown) > WRONG
    found = Counter({"all": left.size, "outline": int((left & lines).sum())})
    left &= ~lines
    for source in ("region", "track"):
        numbers = np.stack([getattr(drawing, f"{source}s") for drawing in drawings])
        explained = left & _wrong_in_one_color(truth, numbers * N_KNOTS + knots, ~lines)
        found[source] = int(explained.sum())
        left &= ~explained
    found["decision"] = int(left.sum())
    return found


def _wrong_in_one_color(
    truth: NDArray[np.float64], groups: NDArray[np.int64], free: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return the pixels for which the median ab of their group is wrong."""
    kinds, inverse = np.unique(groups, return_inverse=True)
    numbers: NDArray[np.int32] = inverse.reshape(groups.shape).astype(np.int32)
    medians = np.zeros((len(kinds), 2))
    for number, ab in values_by_region(truth[..., 1:], numbers, free):
        medians[number] = np.median(ab, axis=0)
    return ciede2000(truth, np.concatenate([truth[..., :1], medians[numbers]], -1)) > WRONG


def measure(episode: Episode, given: Mapping[int, ColorHints]) -> dict[int, Counter[str]]:
    """Return for each shot the number of wrong pixels of each source, and of ``all`` pixels."""
    tracks: dict[int, NDArray[np.int64]] = {}

    def record(prediction: PartPrediction, shot: TrackedShot) -> None:
        tracks.update((drawing.index, drawing.tracks) for drawing in shot.drawings)

    shots: dict[int, list[tuple[Frame, NDArray[np.uint8], NDArray[np.uint8]]]] = {}
    for frame, shown, truth in episode.colored(given, record):
        shots.setdefault(frame.shot, []).append((frame, shown, truth))
    return {
        number: sources_of([
            _drawing(k, frame, shown, truth, tracks[frame.index])
            for k, (frame, shown, truth) in enumerate(drawings)
        ])
        for number, drawings in shots.items()
    }  # fmt: skip


def _drawing(
    number: int,
    frame: Frame,
    shown: NDArray[np.uint8],
    truth: NDArray[np.uint8],
    tracks: NDArray[np.int64],
) -> Drawing:
    parts = parts_of_grey(frame.without_grain)
    distinct = parts.regions + np.int64(number * parts.regions.size)
    return Drawing(truth, shown, parts.lines, distinct, tracks[parts.regions])


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@episode_options
def main(
    workspace: Path, variants: tuple[str, ...], references: int, drawings: int | None, test: bool
) -> None:
    """Print the share of wrong pixels by the step that lost them, for each shot."""
    click.echo(f"{hardware()}\n\n| shot | wrong | {' | '.join(SOURCES)} |\n|{' --- |' * (len(SOURCES) + 2)}")
    with tempfile.TemporaryDirectory() as folder:
        choice = Choice(variants, (), ensemble=not variants)
        episode = Episode(Workspace(workspace), choice, Path(folder), drawings, test)
        by_shot = measure(episode, episode.references(references) if references else {})
    rows = [
        *((str(number), found) for number, found in by_shot.items()),
        ("all", sum(by_shot.values(), Counter())),
    ]
    for name, found in rows:
        shares = [found[source] / found["all"] for source in SOURCES]
        click.echo(f"| {name} | {' | '.join(f'{share:.3f}' for share in (sum(shares), *shares))} |")


if __name__ == "__main__":
    main()
