"""Sweep constants of tracking on a workspace's validation episode. Their defaults were chosen this way.

python -m benchmarks.sweep_tracks WORKSPACE decision._TEMPERATURE=0.4,0.6,0.8 memory._MAX_WEIGHT=0.8,1

Networks run once, and their histograms are stored in files. Then each constant takes each of its values in
turn, while the others keep their defaults. Scores are for the unique drawings at 256x256, before encoding.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import click
import numpy as np

from benchmarks.calibration import Calibration
from benchmarks.measure import hardware
from cartoonize.annotations.hints import ColorHints
from cartoonize.color.lab import rgb_to_lab
from cartoonize.color.luma import chroma_of_ab, rgb_of_luma_chroma
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.ensemble import Choice, choose_members
from cartoonize.filters.number import number_drawings
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.filters.track import track_frames
from cartoonize.filters.track_sources import NO_SOURCES, Record, TrackSources
from cartoonize.frames import Frame, area_average
from cartoonize.metrics import FrameColors, Scores
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of_grey
from cartoonize.video import open_source
from cartoonize.workspace import Workspace

SHOWN = (
    "ciede2000", "share_within_10", "vivid_within_10", "region_accuracy", "pa", "static_flicker",
    "chroma_ratio", *Calibration.names,
)  # fmt: skip
#: The calibration uses every third drawing.
_CALIBRATION_STEP = 3


class Episode:
    """Unique drawings of an episode, and the networks' histograms for them."""

    def __init__(
        self, workspace: Workspace, choice: Choice, folder: Path, n_drawings: int | None, test: bool
    ) -> None:
        manifest, part = workspace.load(), "test" if test else "validation"
        records = workspace.set_of(manifest, part)
        if not records:
            raise click.UsageError(
                f"{workspace.root} has no {part} episode. Run `cartoonize split --{part}`."
            )
        self.members = members = choose_members(workspace, choice)
        self._album = WorkspaceAlbum(workspace)
        source = open_source(Path(records[0].source))
        firsts = _first_frames(number_drawings(source.frames(rgb=True)), n_drawings)
        self._frames: list[Frame] = []
        self._paths: list[Path] = []
        self.rgb: list[np.ndarray] = []
        for frame in predict_frames(firsts, members, options=PredictOptions(), layer="histogram"):
            assert frame.histogram is not None and frame.rgb is not None
            path = folder / f"{frame.index}.npz"
            some = frame.descriptors if frame.descriptors is not None else np.empty(0)
            np.savez(path, histogram=frame.histogram.astype(np.float16), descriptors=some.astype(np.float16))
            grey = area_average(frame.grey)
            self.rgb.append(area_average(frame.rgb))
            self._frames.append(
                frame.having(histogram=None, descriptors=None, rgb=None, luma=grey, grey=grey)
            )
            self._paths.append(path)

    def frames(self) -> Iterator[Frame]:
        """Yield the drawings with their histograms."""
        for frame, path in zip(self._frames, self._paths, strict=True):
            with np.load(path) as predicted:
                histogram, some = (predicted[n].astype(np.float32) for n in ("histogram", "descriptors"))
            yield frame.having(histogram=histogram, descriptors=some if len(some) else None)

    def references(self, every: int) -> dict[int, ColorHints]:
        """Return the true colours of the first drawing of every ``every``-th shot."""
        shots = [frame.shot for frame in self._frames]
        firsts = [k for k, shot in enumerate(shots) if k == 0 or shot != shots[k - 1]][::every]
        return {
            self._frames[k].index: ColorHints.everywhere(rgb_to_lab(self.rgb[k])[..., 1:].astype(np.float32))
            for k in firsts
        }

    def colored(
        self,
        given: Mapping[int, ColorHints],
        record: Record = NO_SOURCES.record,
        memory: Memory | None = None,
    ) -> Iterator[tuple[Frame, np.ndarray, np.ndarray]]:
        """Yield the drawings, coloured with tracks and these references, as frame, result and original.

        The references are added to the memory.
        """
        memory = Memory() if memory is None else memory
        for frame in self.frames():
            if frame.index in given:
                assert frame.histogram is not None
                parts, known = parts_of_grey(frame.grey), given[frame.index]
                pinned = (
                    {} if known.pinned is None else dict.fromkeys(parts.regions[known.pinned].tolist(), 1)
                )
                memory.add(frame.histogram, parts, known, frame.descriptors, pins=pinned)
        sources = TrackSources(hints=given, recall=memory.recall, find=self._album.find, record=record)
        for frame, rgb in zip(track_frames(self.frames(), sources=sources), self.rgb, strict=True):
            assert frame.ab is not None
            luma = frame.grey.astype(np.float32) / np.float32(255)
            shown = rgb_of_luma_chroma(luma, chroma_of_ab(luma, frame.ab[0], "bt601"), "bt601")
            yield frame, np.rint(255 * shown).astype(np.uint8), rgb

    def scores(self, given: Mapping[int, ColorHints], elsewhere: bool = False) -> dict[str, float]:
        """Return the scores of the episode, coloured with tracks and these references.

        With ``elsewhere``, shots with a reference do not count.
        """
        helped = {frame.shot for frame in self._frames if elsewhere and frame.index in given}
        scores, calibration = Scores(), Calibration()
        for number, (frame, shown, rgb) in enumerate(self.colored(given)):
            if frame.shot in helped:
                continue
            assert frame.confidence is not None
            truth, result = FrameColors.of(rgb), FrameColors.of(shown)
            scores.update(truth, result, shot=frame.shot)
            if number % _CALIBRATION_STEP == 0:
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


_OPTIONS = (
    click.option(
        "--variant",
        "variants",
        multiple=True,
        help="Variant; can be repeated.  [default: all trained variants]",
    ),
    click.option(
        "--references",
        is_flag=False,
        flag_value=1,
        type=int,
        default=0,
        help="Use the first drawing of every Nth shot as a reference.",
    ),
    click.option("--drawings", type=int, help="Number of drawings.  [default: all]"),
    click.option("--test", is_flag=True, help="Use the test episode: to report, not to choose."),
)


def episode_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a command that colours an `Episode`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.argument("constants", nargs=-1, metavar="[MODULE.NAME=VALUE,VALUE,...]...")
@episode_options
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Checkpoint file; can be repeated.",
)
@click.option("--elsewhere", is_flag=True, help="Score only shots without a reference.")
def main(
    workspace: Path,
    constants: tuple[str, ...],
    variants: tuple[str, ...],
    checkpoints: tuple[Path, ...],
    references: int,
    elsewhere: bool,
    drawings: int | None,
    test: bool,
) -> None:
    """Score tracks with other constants of `cartoonize.tracking`."""
    click.echo(hardware())
    click.echo(f"\n| constant | {' | '.join(SHOWN)} |\n| --- |{' --- |' * len(SHOWN)}")
    with tempfile.TemporaryDirectory() as folder:
        choice = Choice(variants, checkpoints, ensemble=not variants and not checkpoints)
        episode = Episode(Workspace(workspace), choice, Path(folder), drawings, test)
        given = episode.references(references) if references else {}

        def row(name: str) -> None:
            scores = episode.scores(given, elsewhere)
            click.echo(f"| {name} | {' | '.join(f'{scores[key]:.3f}' for key in SHOWN)} |")

        row("defaults")
        for text in constants:
            place, values = text.split("=")
            module_name, name = place.split(".")
            module = import_module(f"cartoonize.tracking.{module_name}")
            default = getattr(module, name)
            for value in values.split(","):
                setattr(module, name, type(default)(float(value)))
                row(f"{place} = {value}")
            setattr(module, name, default)


if __name__ == "__main__":
    main()
