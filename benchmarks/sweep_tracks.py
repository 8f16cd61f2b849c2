"""Sweep the constants of tracks on a workspace's validation episode, as their defaults are chosen.

python -m benchmarks.sweep_tracks WORKSPACE votes._TEMPERATURE=0.4,0.6,0.8 memory._NEAR=1,3 --references

Networks run once; their histograms wait in a file. Then one constant after the other takes each of its
values, the others keep theirs. Scores are those of the unique drawings at 256x256, before any encoding.
"""

import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import numpy as np

from benchmarks.calibration import Calibration
from benchmarks.measure import hardware
from cartoonize.color.lab import rgb_to_lab
from cartoonize.color.luma import chroma_of_ab, rgb_of_luma_chroma
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.ensemble import Choice, choose_members
from cartoonize.filters.number import number_drawings
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.filters.track import track_frames
from cartoonize.frames import COLOR_SIZE, Frame, area_average
from cartoonize.metrics import FrameColors, Scores
from cartoonize.tracking.carry import ColorHints
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of_grey
from cartoonize.video import open_source
from cartoonize.workspace import Workspace

SHOWN = (
    "ciede2000", "share_within_10", "region_accuracy", "pa", "static_flicker", "chroma_ratio",
    *Calibration.names,
)  # fmt: skip
#: One of so many drawings is looked at for the calibration.
_EVERY = 3


class Episode:
    """Unique drawings of an episode, and what networks say of them."""

    def __init__(
        self, workspace: Workspace, choice: Choice, folder: Path, n_drawings: int | None, test: bool
    ) -> None:
        manifest, part = workspace.load(), "test" if test else "validation"
        (record, *_) = workspace.set_of(manifest, part) or [None]
        if record is None:
            raise click.UsageError(f"{workspace.root} has no {part} episode: cartoonize split --{part}")
        members = choose_members(workspace, choice)
        self._album = WorkspaceAlbum(workspace)
        source = open_source(Path(record.source))
        firsts = _first_frames(number_drawings(source.frames(rgb=True)), n_drawings)
        self._frames: list[Frame] = []
        self._paths: list[Path] = []
        self.rgb: list[np.ndarray] = []
        for frame in predict_frames(firsts, members, options=PredictOptions(), layer="histogram"):
            path = folder / f"{frame.index}.npy"
            np.save(path, frame.histogram.astype(np.float16))
            grey, self.rgb = area_average(frame.grey), [*self.rgb, area_average(frame.rgb)]
            self._frames.append(frame.having(histogram=None, rgb=None, luma=grey, grey=grey))
            self._paths.append(path)

    def frames(self) -> Iterator[Frame]:
        for frame, path in zip(self._frames, self._paths, strict=True):
            yield frame.having(histogram=np.load(path).astype(np.float32))

    def references(self) -> dict[int, ColorHints]:
        """Return the true colours of the first drawing of every shot."""
        shots = [frame.shot for frame in self._frames]
        firsts = [k for k, shot in enumerate(shots) if k == 0 or shot != shots[k - 1]]
        sure = np.ones((COLOR_SIZE, COLOR_SIZE), np.float32)
        return {
            self._frames[k].index: ColorHints(rgb_to_lab(self.rgb[k])[..., 1:].astype(np.float32), sure)
            for k in firsts
        }

    def scores(self, given: dict[int, ColorHints]) -> dict[str, float]:
        """Colour with tracks and score."""
        memory = Memory()
        for frame in self.frames():
            if frame.index in given:
                memory.add(frame.histogram, parts_of_grey(frame.grey), given[frame.index])
        scores, calibration = Scores(), Calibration()
        colored = track_frames(self.frames(), given=given, memory=memory, find=self._album.find)
        for number, (frame, rgb) in enumerate(zip(colored, self.rgb, strict=True)):
            luma = frame.grey.astype(np.float32) / 255
            shown = rgb_of_luma_chroma(luma, chroma_of_ab(luma, frame.ab[0], "bt601"), "bt601")
            result = np.rint(255 * shown).astype(np.uint8)
            truth, result = FrameColors.of(rgb), FrameColors.of(result)
            scores.update(truth, result, shot=frame.shot)
            if number % _EVERY == 0:
                calibration.add(frame.grey, frame.confidence, truth.lab, result.lab)
        return {**scores.result(), **calibration.result()}


def _first_frames(frames: Iterator[Frame], n_drawings: int | None) -> Iterator[Frame]:
    """Yield the first frame of every drawing."""
    last = -1
    for frame in frames:
        if frame.drawing == n_drawings:
            return
        if frame.drawing != last:
            yield frame
        last = frame.drawing


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.argument("constants", nargs=-1, metavar="[MODULE.NAME=VALUE,VALUE,...]...")
@click.option("--variant", "variants", multiple=True, help="A variant, any number.  [default: all trained]")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(path_type=Path),
    help="By its file.",
)
@click.option("--references", is_flag=True, help="Give the first drawing of every shot in its true colours.")
@click.option("--drawings", type=int, help="Only so many.")
@click.option("--test", is_flag=True, help="Look at the test episode: to report, not to choose.")
def main(
    workspace: Path,
    constants: tuple[str, ...],
    variants: tuple[str, ...],
    checkpoints: tuple[Path, ...],
    references: bool,
    drawings: int | None,
    test: bool,
) -> None:
    """Score tracks with other constants of `cartoonize.refine`."""
    click.echo(hardware())
    click.echo(f"\n| constant | {' | '.join(SHOWN)} |\n| --- |{' --- |' * len(SHOWN)}")
    with tempfile.TemporaryDirectory() as folder:
        choice = Choice(variants, checkpoints, ensemble=not variants and not checkpoints)
        episode = Episode(Workspace(workspace), choice, Path(folder), drawings, test)
        given = episode.references() if references else {}

        def row(name: str) -> None:
            scores = episode.scores(given)
            click.echo(f"| {name} | {' | '.join(f'{scores[key]:.3f}' for key in SHOWN)} |")

        row("defaults")
        for text in constants:
            place, values = text.split("=")
            module_name, name = place.split(".")
            module = import_module(f"cartoonize.refine.{module_name}")
            default = getattr(module, name)
            for value in values.split(","):
                setattr(module, name, type(default)(float(value)))
                row(f"{place} = {value}")
            setattr(module, name, default)


if __name__ == "__main__":
    main()
