"""The choice of members, and the refinement that fits them."""

from pathlib import Path

import pytest

from cartoonize.annotations.annotations import Annotations
from cartoonize.coloring.ensemble import Choice, choose_ensemble, default_refinement
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.coloring.plan import _with_refinement
from cartoonize.methods.checkpoint import read_header
from tests.support.reporters import Recorder

PICTURE = Annotations(references=(Path("a.png"),))


@pytest.mark.parametrize(
    ("choice", "annotations", "refine"),
    [
        (Choice(), Annotations(), "tracks"),
        (Choice(ensemble=True), Annotations(), "tracks"),
        (Choice(checkpoints=(Path("x.safetensors"),)), Annotations(), "tracks"),
        (Choice(("plain",)), Annotations(), "tracks"),
        (Choice(("series+mine",)), Annotations(), "tracks"),
        (Choice(("lookup", "plain")), Annotations(), "tracks"),
        (Choice(("grey",)), Annotations(), "none"),
        (Choice(("lookup", "nearest", "welsh")), Annotations(), "none"),
        (Choice(("levin",)), Annotations(), "none"),
        (Choice(("welsh",)), PICTURE, "none"),
        (Choice(("grey",)), PICTURE, "tracks"),
    ],
)
def test_networks_and_painted_frames_use_tracks(choice, annotations, refine):
    assert default_refinement(choice, annotations) == refine


def test_parts_of_shots_have_no_tracks():
    assert default_refinement(Choice(), Annotations(), whole_shots=False) == "none"
    assert default_refinement(Choice(), PICTURE, whole_shots=False) == "tracks"  # refused with --scheduler


def test_the_selected_network_is_information(trained):
    recorder = Recorder()
    spec = choose_ensemble(trained, Choice(), reporter=recorder)
    assert [read_header(path)["variant"] for path in spec.checkpoints] == ["plain-l2"]
    assert (recorder.infos, recorder.warnings) == (["Colouring with plain-l2."], [])


def test_the_best_of_several_networks_is_named_with_its_measure(studio):
    path = studio.checkpoint("plain-l2+2")
    path.parent.mkdir()
    path.write_bytes(studio.checkpoint("plain-l2").read_bytes())
    recorder = Recorder()
    choose_ensemble(studio, Choice(), reporter=recorder)
    (line,) = recorder.infos
    assert line.startswith("Colouring with plain-l2") and "the best of 2 networks by their errors" in line
    assert recorder.warnings == []


def test_with_a_scheduler_networks_have_no_tracks_and_a_line_says_so():
    recorder = Recorder()
    run = RunOptions(scheduler="local[2]")
    options = _with_refinement(ColorizeOptions(), Choice(), Annotations(), run, recorder)
    assert options.refine.refine == "none" and len(recorder.infos) == 1
    assert "--scheduler" in recorder.infos[0] and recorder.warnings == []
    floor = _with_refinement(ColorizeOptions(), Choice(("grey",)), Annotations(), run, recorder)
    assert floor.refine.refine == "none" and len(recorder.infos) == 1
    here = _with_refinement(ColorizeOptions(), Choice(), Annotations(), RunOptions(), recorder)
    assert here.refine.refine == "tracks" and len(recorder.infos) == 1
