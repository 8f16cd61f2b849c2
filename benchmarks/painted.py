"""Painted frames: how much of a film is right if a person paints the frames that the program suggests.

python -m benchmarks.painted WORKSPACE ORIGINAL -o painted.json

ORIGINAL is a film in colour. It is coloured as if it were grey, by what the workspace has learned. A painted
frame has the colours of the original. The curve goes beside that of `benchmarks.effort`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import cv2
import numpy as np

from benchmarks.measure import hardware, scores_of
from cartoonize.frames import area_average
from cartoonize.metrics.ciede2000 import ciede2000
from cartoonize.metrics.pair import FrameColors
from cartoonize.metrics.vivid import vivid_in
from cartoonize.tasks.suggest import suggest_references
from cartoonize.video import open_source
from cartoonize.workspace import Workspace


@dataclass(frozen=True)
class Painted:
    """The state of the film with a number of painted frames."""

    painted: int
    within_10: float
    vivid_within_10: float
    ciede2000: float
    frames: list[int]
    """Numbers of the painted frames, the most helpful first."""
    promised: float
    """Share of what is wrong without painted frames that the program expects them to mend, 0..1."""
    mended: float
    """Share that they mend: negative if more is wrong than before."""


def pictures_of(
    film: Path, wanted: range | list[int] = range(sys.maxsize)
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield numbers and pictures (height, width, 3), sRGB 0..255, of all or some frames of a film."""
    with open_source(film) as source:
        for frame in source.frames(rgb=True):
            if frame.index in wanted:
                assert frame.rgb is not None
                yield frame.index, frame.rgb


def paint(original: Path, chosen: list[int], folder: Path) -> None:
    """Write some frames of a film in colour, as pictures in a new folder."""
    folder.mkdir()
    for index, rgb in pictures_of(original, chosen):
        cv2.imwrite(str(folder / f"{index:06d}.png"), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))


def _compared(result: Path, original: Path, wanted: range) -> tuple[float, float, float]:
    """Return the shares of right pixels and right vivid pixels, and mean CIEDE2000, of some frames."""
    errors, vivid = [], []
    pairs = zip(pictures_of(result, wanted), pictures_of(original, wanted), strict=True)
    for (_, now), (_, truth) in pairs:
        labs = [FrameColors.of(area_average(picture)).lab for picture in (truth, now)]
        errors.append(ciede2000(*labs))
        vivid.append(vivid_in(labs[0][..., 1:]))
    return scores_of(errors, vivid)


def _scores_with(
    workspace: Path, original: Path, chosen: list[int], folder: Path, step: int
) -> tuple[float, float, float]:
    """Colour a film with some painted frames; return its scores as `_compared` does."""
    painted, result = folder / f"painted{len(chosen)}", folder / f"with{len(chosen)}.mp4"
    paint(original, chosen, painted)
    references = ["--reference", str(painted)] if chosen else []
    arguments = [str(original), "-w", str(workspace), "--refine", "tracks", *references]
    subprocess.run(
        [sys.executable, "-m", "cartoonize", "colorize", *arguments, "-o", str(result), "-q"], check=True
    )
    return _compared(result, original, range(0, sys.maxsize, step))


@click.command()
@click.argument("workspace", type=click.Path(exists=True, path_type=Path))
@click.argument("original", type=click.Path(exists=True, path_type=Path))
@click.option("-n", "numbers", multiple=True, type=int, default=(0, 1, 2, 4, 8, 16), show_default=True)
@click.option("--step", default=1, show_default=True, help="Compare every frame of this number.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Result as JSON.")
def main(workspace: Path, original: Path, numbers: tuple[int, ...], step: int, output: Path) -> None:
    """Colour a film with painted frames, and write the share of right pixels for each number of them."""
    steps: list[Painted] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        # The program suggests frames from its latest colouring. So the first one is without painted frames,
        # and all suggestions are asked for before the next one.
        scores = _scores_with(workspace, original, [], folder, step)
        wrong = 1 - scores[0]
        suggested = {
            n: suggest_references(Workspace(workspace), original, n, output=folder / f"suggested{n}")
            for n in numbers
            if n > 0
        }
        for n in sorted({0, *numbers}):
            chosen = [one.frame for one in suggested.get(n, [])]
            promised = sum(one.mends for one in suggested.get(n, []))
            if chosen:
                scores = _scores_with(workspace, original, chosen, folder, step)
            mended = 1 - (1 - scores[0]) / max(wrong, 1e-9)
            steps.append(Painted(n, *scores, chosen, round(promised, 4), mended))
            print(
                f"{n:3d} painted  {scores[0]:.4f}  vivid {scores[1]:.4f}  {scores[2]:6.2f}"
                f"  promised {promised:.2f}  mended {mended:.2f}  {chosen}",
                flush=True,
            )
    data = {
        "hardware": hardware(),
        "film": original.name,
        "compared": f"every frame of {step}",
        "steps": [asdict(one) for one in steps],
    }
    output.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
