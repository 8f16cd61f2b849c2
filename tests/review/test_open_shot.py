"""A shot that is open for corrections gets the colours that `colorize` gives it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from cartoonize.annotations.annotations import Annotations
from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.coloring.cached_shot import CachedShot
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.evidence_file import read_evidence
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.filters import predicted_part
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.review.open_shot import OpenShot
from cartoonize.tasks.colorize import colorize
from cartoonize.video import open_source
from cartoonize.workspace import Workspace
from tests.support.films import film
from tests.support.reporters import Recorder

N_FRAMES = 16
#: Two pins in the first shot.
RED, GREEN = Pin("grey", 4, 0.2, 0.55, "#d22832"), Pin("grey", 6, 0.7, 0.2, "#28d232")
OPTIONS = ColorizeOptions(refine=RefineOptions("tracks"), render=RenderOptions(force=True))


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return film(tmp_path_factory.mktemp("grey") / "grey.mkv", 1, N_FRAMES, grey=True, subtitles=())


@pytest.fixture
def color(grey, tmp_path):
    """Return a function that colours the film with pins and references, and returns its first cached shot."""
    workspace = Workspace(tmp_path / "w")

    def call(*pins, references=()):
        write_pins(workspace.pins, pins)
        colorize(
            workspace, [grey], choice=Choice(variants=("grey",)), options=OPTIONS, run=RunOptions(),
            annotations=Annotations(references=references), reporter=Recorder(),
        )  # fmt: skip
        path = min(workspace.cache.glob("shots/*/*/*.npz"))
        return CachedShot.read(path, tracked=True), read_evidence(path.parent.parent)

    return call


def opened(grey, cached, evidence):
    with open_source(grey) as source:
        return OpenShot(source, cached, 0, evidence, OPTIONS)


@pytest.mark.parametrize("max_drawings", [99, 3])
def test_a_correction_gives_the_colours_of_the_next_colouring(
    color, grey, tmp_path, monkeypatch, max_drawings
):
    monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", max_drawings)
    with open_source(grey) as source:
        third = list(source.frames())[2].grey[..., None].repeat(3, 2)
    third[:, : third.shape[1] // 2] = third[:, : third.shape[1] // 2] // 2 + np.array([60, 10, 0], np.uint8)
    reference = tmp_path / "grey-000002.png"
    cv2.imwrite(str(reference), third[..., ::-1])
    for references in ((), (reference,)):
        cached, evidence = color(references=references)
        assert bool(evidence.painted) == bool(references)
        shot = opened(grey, cached, evidence)
        for pins in ([RED], [RED, GREEN], []):
            planes = list(shot.planes_with(pins))
            expected, _ = color(*pins, references=references)
            assert [index for index, _ in planes] == [int(n) for n in _firsts(expected)]
            for (_, one), other in zip(planes, expected.chroma, strict=True):
                assert np.array_equal(one, other)


def _firsts(cached):
    return cached.start + np.cumsum(cached.n_held) - cached.n_held


def test_one_frame_is_shown_at_once_and_much_like_the_whole_shot(color, grey):
    shot = opened(grey, *color())
    at_once = shot.frame_with(4, [RED])
    whole = [planes for index, planes in shot.planes_with([RED]) if index <= 4][-1]
    before = shot.frame_with(4, [])
    assert (
        np.abs(at_once[1].astype(int) - whole[1]).mean()
        < 1
        < np.abs(at_once[1].astype(int) - before[1]).max()
    )


def test_what_is_clicked_has_a_track_a_colour_and_likely_colours(color, grey):
    cached, evidence = color(RED)
    shot = opened(grey, cached, evidence)
    thing = shot.thing_at(4, [(RED.x, RED.y)])
    red, green, blue = (int(thing.color[k : k + 2], 16) for k in (1, 3, 5))
    assert red > 1.5 * max(green, blue)
    assert thing.likely[0].probability == pytest.approx(1, abs=0.05)  # the variant is certain of grey
    likely = thing.likely[0].color
    assert max(int(likely[k : k + 2], 16) for k in (1, 3, 5)) - int(likely[1:3], 16) < 12
    for index in (4, 0):
        mask = shot.mask(thing.tracks, index)
        assert mask.shape == (256, 256) and mask.any() and not mask.all()
    height, width = shot.mask(thing.tracks, 4).shape
    assert shot.mask(thing.tracks, 4)[int(RED.y * height), int(RED.x * width)]


def test_a_pin_outside_of_the_shot_changes_nothing(color, grey):
    shot = opened(grey, *color())
    there = replace(GREEN, frame=12)
    for (_, one), (_, other) in zip(shot.planes_with([there]), shot.planes_with([]), strict=True):
        assert np.array_equal(one, other)
