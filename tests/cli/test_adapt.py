"""cartoonize train --from CHECKPOINT --reference IMAGE: networks learn further coloured frames."""

import shutil

import cv2
import pytest
import torch

from cartoonize.frames import area_average
from cartoonize.learning.samples import Samples
from cartoonize.methods.checkpoint import read_header
from cartoonize.methods.member import load_member
from cartoonize.tasks.adapt import AdaptOptions, adapt
from cartoonize.workspace import Workspace
from tests.support.films import pictures

FAST = ("--minutes", "0.02", "--batch-size", "4", "--precision", "float32")
#: Long enough to learn something, even on a busy machine.
LONG = ("--minutes", "0.1", *FAST[2:])


@pytest.fixture
def references(tmp_path):
    """Two frames of the test episode, one of each shot."""
    folder = tmp_path / "references"
    folder.mkdir()
    colors = list(pictures(1))
    for index in (0, 14):
        cv2.imwrite(str(folder / f"{index:06d}.png"), colors[index][..., ::-1])
    return folder


def error(checkpoint, rgb):
    """Return the mean distance in ab between a network's prediction and a frame."""
    member = load_member(checkpoint)
    inputs, ab = Samples(rgb[None], member.luminance).rows([0])
    with torch.inference_mode():
        return float((member.module(inputs).float() - ab).square().sum(1).sqrt().mean())


def test_an_adapted_network_knows_the_references(cartoonize, studio, references):
    base = studio.checkpoint("plain-l2")
    before = base.read_bytes()
    outcome = cartoonize(
        "train", "-w", studio.root, "--from", base, "--reference", references, *LONG, "--json"
    )
    assert outcome.code == 0, outcome.err
    (run,) = outcome.json["runs"]
    adapted = studio.checkpoint("plain-l2-adapted")
    assert (run["variant"], run["checkpoint"]) == ("plain-l2-adapted", str(adapted))
    assert base.read_bytes() == before
    header = read_header(adapted)
    assert header["variant"] == "plain-l2" and header["name"] == "plain-l2-adapted"
    assert header["adapted"] == {
        "from": read_header(base)["sha256"], "references": ["000000.png", "000014.png"],
    }  # fmt: skip
    card = (studio.runs / "plain-l2-adapted" / "README.md").read_text()
    assert card.startswith("# plain-l2-adapted") and "000000.png, 000014.png" in card
    day = area_average(next(iter(pictures(1))))
    assert error(adapted, day) < 0.8 * error(base, day)


def test_colorize_uses_the_adapted_network_instead_of_the_original(cartoonize, studio, references, tmp_path):
    base = studio.checkpoint("plain-l2")
    assert cartoonize("train", "-w", studio.root, "--from", base, "--reference", references, *FAST).code == 0
    for more in ((), ("--ensemble",)):
        outcome = cartoonize(
            "colorize", "-w", studio.root, *more, "-o", tmp_path / "x.mkv", "--force", "--json"
        )
        assert outcome.json["outputs"][0]["members"] == ["plain-l2-adapted"]
    outcome = cartoonize(
        "colorize", "-w", studio.root, "--variant", "plain-l2", "-o", tmp_path / "y.mkv", "--json"
    )
    assert outcome.json["outputs"][0]["members"] == ["plain-l2"]


def test_a_network_that_is_adapted_again_keeps_its_name(cartoonize, studio, references):
    arguments = ("train", "-w", studio.root, "--reference", references, *FAST, "--json")
    first = cartoonize(*arguments, "--from", studio.checkpoint("plain-l2")).json["runs"][0]
    again = cartoonize(*arguments, "--from", first["checkpoint"]).json["runs"][0]
    assert again["checkpoint"] == first["checkpoint"]


def test_references_alone_are_enough(studio, tmp_path):
    """A network from elsewhere, in a workspace without frames."""
    checkpoint = tmp_path / "given.safetensors"
    shutil.copy(studio.checkpoint("plain-l2"), checkpoint)
    day = area_average(next(iter(pictures(1))))
    options = AdaptOptions(minutes=0.1, batch_size=4, precision="float32")
    empty = Workspace(tmp_path / "empty")
    summary = adapt(empty, checkpoint, day[None], names=["day.png"], options=options)
    assert summary.checkpoint == str(empty.checkpoint("plain-l2-adapted")) and summary.n_samples == 1
    assert error(empty.checkpoint("plain-l2-adapted"), day) < 0.8 * error(checkpoint, day)


def test_half_of_the_samples_are_training_frames(studio, references):
    day = area_average(next(iter(pictures(1))))
    options = AdaptOptions(minutes=0.001, batch_size=4, precision="float32")
    summary = adapt(studio, studio.checkpoint("plain-l2"), day[None], names=["day.png"], options=options)
    assert summary.n_samples == 128 + 24  # all of them


def test_networks_that_cannot_be_adapted(fails, cartoonize, studio, references, tmp_path):
    base = ("train", "-w", studio.root)
    network = studio.checkpoint("plain-l2")
    fails(*base, "--from", network, words=["--from requires --reference"], code=2)
    fails(*base, "--reference", references, words=["already trained", "--from runs/NAME"], code=2)
    fails(
        *base, "--variant", "plain", "--from", network, "--reference", references,
        words=["leave out --variant"], code=2,
    )  # fmt: skip
    fails(
        *base,
        "--from",
        network,
        "--reference",
        references,
        "--minutes",
        0,
        words=["minutes must be greater than 0"],
        code=2,
    )
    assert not (studio.runs / "plain-l2-adapted").exists()


def test_bad_files_are_one_line(cartoonize, studio, references, tmp_path):
    def error_of(*arguments):
        outcome = cartoonize("train", "-w", studio.root, *arguments, "-q")
        assert outcome.code in (1, 2) and outcome.out == "" and "Traceback" not in outcome.err
        return outcome.err.splitlines()[-1]

    network = studio.checkpoint("plain-l2")
    assert "checkpoint not found" in error_of("--from", tmp_path / "x", "--reference", references)
    assert "not a checkpoint" in error_of("--from", references / "000000.png", "--reference", references)
    assert "does not exist" in error_of("--from", network, "--reference", tmp_path / "none.png")
    half = tmp_path / "half.png"
    bgra = cv2.cvtColor(next(iter(pictures(1))), cv2.COLOR_RGB2BGRA)
    bgra[:, :40, 3] = 0
    cv2.imwrite(str(half), bgra)
    assert "no reference is painted completely" in error_of("--from", network, "--reference", half)
    assert not (studio.runs / "plain-l2-adapted").exists()
    assert cartoonize("train", "-w", studio.root, "--variant", "lookup").code == 0
    floor = studio.checkpoint("lookup")
    assert "not of a network" in error_of("--from", floor, "--reference", references)


def test_nonsense_options():
    from cartoonize.errors import UsageError

    for wrong in (
        {"minutes": 0},
        {"updates": 0},
        {"batch_size": 0},
        {"seed": -1},
        {"learning_rate": 0},
        {"precision": "x"},
    ):
        with pytest.raises(UsageError):
            AdaptOptions(**wrong)
    assert AdaptOptions().updates == 100
