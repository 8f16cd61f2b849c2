"""New hints: shots are coloured again from cached predictions, as in a new workspace."""

import shutil
from dataclasses import dataclass, replace

import av
import cv2
import numpy as np
import pytest
import torch

from cartoonize.annotations.annotations import Annotations
from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.coloring.write import ColorizeSummary
from cartoonize.filters import predicted_part
from cartoonize.filters.predict import PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.member import Member
from cartoonize.methods.registry import VARIANTS
from cartoonize.tasks.colorize import colorize
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.split import SplitOptions, split
from cartoonize.video import write_film
from cartoonize.workspace import Workspace
from tests.support.cartoons import in_grey, pan_over_towns
from tests.support.reporters import Recorder

#: Frames of a shot of the town film; each frame is a drawing.
N_TOWN = 5
#: Shots of the town film: the third shows the town of the first one again, at other places.
TOWNS = (5, 6, 5)


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    """Write a grey film of three shots, a coloured frame of it, a workspace, and an untrained network."""
    folder = tmp_path_factory.mktemp("towns")
    colors = list(pan_over_towns(TOWNS, N_TOWN, step=4))
    write_film(folder / "towns.mkv", map(in_grey, colors), frame_rate=12, codec="ffv1")
    cv2.imwrite(str(folder / "reference.png"), colors[1][..., ::-1])
    write_film(folder / "other.mkv", pan_over_towns((6, 7), 2), frame_rate=12)
    with_episodes = Workspace(folder / "with episodes")
    extract(with_episodes, [folder / "other.mkv"], options=ExtractOptions())
    split(with_episodes, options=SplitOptions(test=()))
    assert len(WorkspaceAlbum(with_episodes)) == 4
    torch.manual_seed(0)
    header = {"variant": "plain", "width": 1 / 16, "luminance": "grey"}
    write_checkpoint(folder / "plain.safetensors", VARIANTS["plain"].build(1 / 16).state_dict(), header)
    return folder


@dataclass
class Coloring:
    """What a call of `colorize` did."""

    pictures: list
    """Frames of the output as decoded, without loss."""
    predicted: list
    """Indices of the frames that a network ran on."""
    summary: ColorizeSummary


@pytest.fixture
def color_towns(towns, tmp_path, monkeypatch):
    """Return a function that colours the town film along tracks in one workspace, or afresh in another."""
    predicted, predict = [], Member.predict

    def recorded(self, lightness, *, places=()):
        predicted.extend(place.index for place in places)
        return predict(self, lightness, places=places)

    monkeypatch.setattr(Member, "predict", recorded)

    def call(start="empty", *, pins=(), references=(), afresh=False):
        workspace = Workspace(tmp_path / ("afresh" if afresh else "w"))
        if start != "empty" and not workspace.root.exists():
            shutil.copytree(towns / start, workspace.root)
        workspace.root.mkdir(exist_ok=True)
        write_pins(workspace.pins, pins)
        output = workspace.root / "x.mkv"
        output.unlink(missing_ok=True)  # otherwise it would be up to date
        predicted.clear()
        (summary,) = colorize(
            workspace,
            [towns / "towns.mkv"],
            choice=Choice(checkpoints=(towns / "plain.safetensors",)),
            annotations=Annotations(references=references),
            options=ColorizeOptions(
                PredictOptions(device="cpu", precision="float32"),
                RefineOptions("tracks"),
                RenderOptions(codec="ffv1", pix_fmt="yuv444p"),
            ),
            output=output,
            run=RunOptions(again=afresh),
            reporter=Recorder(),
        )
        with av.open(str(output)) as container:
            pictures = [frame.to_ndarray() for frame in container.decode(video=0)]
        return Coloring(pictures, sorted(predicted), summary)

    return call


def same_pictures(one, other):
    """Return for each frame whether two results have the same picture, bit for bit."""
    return [np.array_equal(a, b) for a, b in zip(one.pictures, other.pictures, strict=True)]


@pytest.mark.parametrize(
    "start, max_drawings",
    [("empty", None), ("with episodes", None), ("empty", 3)],
    ids=["no episodes", "episodes", "long shots"],
)
def test_new_hints_recolour_from_cached_predictions(start, max_drawings, color_towns, towns, monkeypatch):
    """Networks run only on frames with hints, for the memory. The result equals that of a new workspace."""
    if max_drawings is not None:
        monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", max_drawings)
    n_frames = len(TOWNS) * N_TOWN
    pins = [Pin("towns", 7, 0.45, 0.55, "#d22832")]
    references = (towns / "reference.png",)
    bare = color_towns(start)
    assert bare.predicted == list(range(n_frames)) and bare.summary.n_kept_shots == 0
    for more, with_hints in (({"pins": pins}, [7]), ({"pins": pins, "references": references}, [1, 7])):
        again, afresh = color_towns(start, **more), color_towns(start, **more, afresh=True)
        assert again.predicted == with_hints
        assert afresh.predicted == sorted([*range(n_frames), *with_hints])
        assert same_pictures(again, afresh) == [True] * n_frames
        assert not all(same_pictures(again, bare))
    here = color_towns(start, pins=[replace(pins[0], reach="shot")])
    changed = [not same for same in same_pictures(here, bare)]
    assert here.predicted == [] and any(changed) and not any(changed[:5] + changed[11:])
    without = color_towns(start)
    assert without.predicted == [] and same_pictures(without, bare) == [True] * n_frames
    assert color_towns(start).summary.n_kept_shots == len(TOWNS)
