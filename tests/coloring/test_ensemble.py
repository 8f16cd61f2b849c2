"""The choice of members, and the refinement that fits them."""

from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch

from cartoonize.annotations.annotations import Annotations
from cartoonize.coloring.ensemble import Choice, choose_ensemble, default_refinement
from cartoonize.methods.checkpoint import read_checkpoint, read_header, write_checkpoint
from cartoonize.methods.registry import VARIANTS
from cartoonize.tasks.train import train
from tests.support.films import pictures
from tests.support.reporters import Recorder
from tests.support.training import few_steps

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


@pytest.fixture
def joined(studio, monkeypatch):
    """A workspace with a network, and a method that joins it."""
    monkeypatch.setitem(VARIANTS, "lookup", replace(VARIANTS["lookup"], joins=True))
    return studio


def names(spec):
    return [read_header(path)["variant"] for path in spec.checkpoints]


def test_a_method_joins_the_best_network_if_it_has_learned_the_same_frames(joined):
    train(joined, ["lookup"], options=few_steps())
    recorder = Recorder()
    assert names(choose_ensemble(joined, Choice(), reporter=recorder)) == ["plain-l2", "lookup"]
    assert recorder.infos[-1] == "Its votes are counted together with those of lookup."
    assert names(choose_ensemble(joined, Choice(ensemble=True))) == ["plain-l2", "lookup"]


def test_nothing_joins_methods_that_the_user_chooses(joined):
    train(joined, ["lookup"], options=few_steps())
    assert names(choose_ensemble(joined, Choice(("plain-l2",)))) == ["plain-l2"]
    assert names(choose_ensemble(joined, Choice(checkpoints=(joined.checkpoint("plain-l2"),)))) == [
        "plain-l2"
    ]


def test_a_method_that_has_learned_other_frames_does_not_join(joined):
    train(joined, ["lookup"], options=few_steps(learn_credits=True))
    path = joined.checkpoint("lookup")
    header, tensors = read_checkpoint(path)
    write_checkpoint(path, tensors, {**header, "data": {**header["data"], "frames": "of another series"}})
    assert names(choose_ensemble(joined, Choice())) == ["plain-l2"]
    assert names(choose_ensemble(joined, Choice(ensemble=True))) == ["plain-l2"]


def test_a_method_joins_an_adapted_network_by_the_frames_of_the_original(joined):
    train(joined, ["lookup"], options=few_steps())
    header, tensors = read_checkpoint(joined.checkpoint("plain-l2"))
    adapted = joined.checkpoint("plain-l2-adapted")
    adapted.parent.mkdir()
    changed = {name: tensor + 1 if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    data = {**header["data"], "frames": "with references"}
    write_checkpoint(adapted, changed, {**header, "data": data, "adapted": {"from": header["sha256"]}})
    chosen = choose_ensemble(joined, Choice()).checkpoints
    assert chosen == (adapted, joined.checkpoint("lookup"))


def test_all_members_are_moved_to_the_device(studio, tmp_path, monkeypatch):
    picture = tmp_path / "painted.png"
    cv2.imwrite(str(picture), next(pictures(2))[..., ::-1])
    monkeypatch.setattr("cartoonize.devices.pick_device", lambda name: torch.device("meta"))
    annotations = Annotations(references=(picture,))
    spec = choose_ensemble(studio, Choice(("welsh", "plain-l2")), annotations)
    members = spec.load(precision="float32")
    assert [member.variant.name for member in members] == ["welsh", "plain-l2"]
    tensors = [tensor for member in members for tensor in member.module.state_dict().values()]
    assert tensors and all(tensor.device.type == "meta" for tensor in tensors)
