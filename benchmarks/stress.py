"""Stress: does help for one place, or for another film, make other places worse?

python -m benchmarks.stress WORKSPACE other.mkv --test

The episode of a workspace is coloured with these kinds of help, and each shot is compared with the same shot
without help. Shots with help of their own are left out.

- frames: the first drawings of every third shot.
- pins: the two largest wrong regions of every third shot, with the original's colours. They count everywhere.
- another film: eight frames of another film in colour, from its first 1,440. They are remembered, as if both
  films were coloured together.

`benchmarks.harm` compares two films that were written.
"""

import tempfile
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import click
import numpy as np

from benchmarks.harm import HARMED
from benchmarks.measure import WRONG, hardware
from benchmarks.sweep_tracks import Episode
from cartoonize.annotations.hints import ColorHints
from cartoonize.color.lab import rgb_to_lab
from cartoonize.coloring.ensemble import Choice
from cartoonize.filters.number import number_drawings
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.frames import area_average
from cartoonize.metrics.ciede2000 import ciede2000
from cartoonize.metrics.vivid import vivid_in
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of_grey
from cartoonize.video import open_source
from cartoonize.workspace import Workspace

#: Every shot of this number gets help.
EVERY = 3
#: Regions that are pinned in a shot, and the smallest one in pixels of the 256x256 grid.
_N_PINS, _MIN_PINNED = 2, 60
#: Number of frames of another film, and of its frames among which they are.
_N_FRAMES, _N_OTHER = 8, 1440

Scores = dict[int, tuple[float, float]]
"""Shares of right pixels and of right vivid pixels, by shot."""


def scores_by_shot(episode: Episode, given: Mapping[int, ColorHints], memory: Memory) -> Scores:
    """Return the scores of the shots that have no help of their own."""
    found: dict[int, list[np.ndarray]] = {}
    helped = set()
    for frame, shown, rgb in episode.colored(given, memory=memory):
        if frame.index in given:
            helped.add(frame.shot)
        truth = rgb_to_lab(rgb)
        right, vivid = ciede2000(truth, rgb_to_lab(shown)) <= WRONG, vivid_in(truth[..., 1:])
        counts = [right.size, right.sum(), vivid.sum(), (right & vivid).sum()]
        found.setdefault(frame.shot, []).append(np.array(counts, float))
    sums = {shot: np.sum(counts, axis=0) for shot, counts in found.items() if shot not in helped}
    return {shot: (s[1] / s[0], s[3] / max(s[2], 1.0)) for shot, s in sums.items()}


def pins_of(episode: Episode) -> dict[int, ColorHints]:
    """Return pins on the largest wrong regions of every third shot, by the index of their frames."""
    wrong: dict[int, list[tuple[int, int, ColorHints]]] = {}
    for frame, shown, rgb in episode.colored({}):
        parts, truth = parts_of_grey(frame.without_grain), rgb_to_lab(rgb)
        free = ~parts.lines
        is_wrong = free & (ciede2000(truth, rgb_to_lab(shown)) > WRONG)
        n_wrong = np.bincount(parts.regions[is_wrong], minlength=len(parts.areas))
        for region in np.argsort(-n_wrong)[:_N_PINS]:
            if n_wrong[region] >= _MIN_PINNED:
                mask = free & (parts.regions == region)
                pin = _pin(mask, np.median(truth[mask][:, 1:], axis=0))
                wrong.setdefault(frame.shot, []).append((int(n_wrong[region]), frame.index, pin))
    pins: dict[int, ColorHints] = {}
    for shot in sorted(wrong)[::EVERY]:
        chosen: list[tuple[int, int, ColorHints]] = []
        for one in sorted(wrong[shot], key=lambda one: -one[0]):
            if len(chosen) < _N_PINS and not any(_same_place(one[2], other[2]) for other in chosen):
                chosen.append(one)
        for _, index, pin in chosen:
            pins[index] = pins[index].combined_with(pin) if index in pins else pin
    return pins


def _pin(mask: np.ndarray, ab: np.ndarray) -> ColorHints:
    colors = np.where(mask[..., None], ab, 0).astype(np.float32)
    return ColorHints(colors, mask.astype(np.float32), None, mask)


def _same_place(one: ColorHints, other: ColorHints) -> bool:
    return bool(((one.confidence > 0) & (other.confidence > 0)).any())


def remembered(episode: Episode, film: Path) -> Memory:
    """Return a memory of some frames of another film, with its true colours."""
    memory = Memory()
    frames = islice(number_drawings(open_source(film).frames(rgb=True)), 0, _N_OTHER, _N_OTHER // _N_FRAMES)
    for frame in predict_frames(frames, episode.members, options=PredictOptions(), layer="histogram"):
        assert frame.histogram is not None and frame.rgb is not None
        known = ColorHints.everywhere(rgb_to_lab(area_average(frame.rgb))[..., 1:].astype(np.float32))
        memory.add(frame.histogram, parts_of_grey(frame.without_grain), known, frame.descriptors, film=1)
    return memory


@click.command()
@click.argument("workspace", type=click.Path(exists=True, path_type=Path))
@click.argument("other", type=click.Path(exists=True, path_type=Path))
@click.option("--test", is_flag=True, help="Use the test episode: to report, not to choose.")
def main(workspace: Path, other: Path, test: bool) -> None:
    """Print what each kind of help changes in shots that have none of their own."""
    click.echo(f"{hardware()}\n\n| help | shots | harmed | worst | all: within 10 | vivid |\n|{' --- |' * 6}")
    with tempfile.TemporaryDirectory() as folder:
        episode = Episode(Workspace(workspace), Choice((), (), ensemble=True), Path(folder), None, test)
        without = scores_by_shot(episode, {}, Memory())
        kinds = {
            "frames": (episode.references(EVERY), Memory()),
            "pins": (pins_of(episode), Memory()),
            "another film": ({}, remembered(episode, other)),
        }
        for name, (given, memory) in kinds.items():
            helped = scores_by_shot(episode, given, memory)
            if not helped:
                click.echo(f"| {name} | 0 | | | | |")
                continue
            changes = np.array([np.subtract(helped[shot], without[shot]) for shot in helped])
            within, vivid = changes.T
            mean = f"{within.mean():+.3f} | {vivid.mean():+.3f}"
            harmed = f"{int((within < -HARMED).sum())} | {within.min():+.3f}"
            click.echo(f"| {name} | {len(changes)} | {harmed} | {mean} |")


if __name__ == "__main__":
    main()
