"""cartoonize train --from CHECKPOINT --reference IMAGE: networks learn further coloured frames."""

import shutil

import cv2
import pytest
import torch

from cartoonize.frames import area_average
from cartoonize.learning import trainer
from cartoonize.learning.samples import Samples
from cartoonize.methods.checkpoint import read_header
from cartoonize.methods.member import load_member
from cartoonize.tasks.adapt import AdaptOptions, adapt, adapt_to_references
from cartoonize.workspace import Workspace
from tests.support.films import pictures
from tests.support.reporters import Recorder

FAST = ("--updates", "2", "--batch-size", "4", "--precision", "float32")
#: Long enough to learn something.
LONG = ("--updates", "40", *FAST[2:])


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
    assert header["adapted"]["from"] == read_header(base)["sha256"]
    assert header["adapted"]["references"] == ["000000.png", "000014.png"]
    assert header["adapted"]["ab_error"]["after"] < header["adapted"]["ab_error"]["before"]
    assert "it is not known whether other frames gain" in outcome.err
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
    options = AdaptOptions(updates=40, batch_size=4, precision="float32")
    empty = Workspace(tmp_path / "empty")
    summary = adapt(empty, checkpoint, day[None], names=["day.png"], options=options)
    assert summary.checkpoint == str(empty.checkpoint("plain-l2-adapted")) and summary.n_samples == 1
    assert error(empty.checkpoint("plain-l2-adapted"), day) < 0.8 * error(checkpoint, day)


def with_validation(cartoonize, studio):
    """Let the first training episode be the validation episode."""
    assert cartoonize("split", "--test", "e1", "--validation", "e2", "-w", studio.root).code == 0


@pytest.mark.parametrize("errors", [(5.0, 4.0), (5.0, 5.5)])
def test_only_a_network_that_gains_is_saved(cartoonize, studio, references, monkeypatch, errors):
    with_validation(cartoonize, studio)
    base, adapted = studio.checkpoint("plain-l2"), studio.checkpoint("plain-l2-adapted")
    arguments = ("train", "-w", studio.root, "--from", base, "--reference", references, "--updates", "1")
    assert cartoonize(*arguments, *FAST[2:], "--learning-rate", "0.0001").code == 0  # an earlier one
    found = [{"loss": 1.0, "ab_error": error} for error in errors]
    monkeypatch.setattr(trainer, "validate", lambda *_: found.pop(0))
    before = base.read_bytes()
    outcome = cartoonize(*arguments, *FAST[2:], "--json")
    assert outcome.code == 0 and base.read_bytes() == before
    if errors[1] > errors[0]:
        assert "rises from 5.00 to 5.50. The network is kept as it was" in outcome.err
        assert outcome.json["runs"] == [] and not adapted.exists() and "Next" not in outcome.err
    else:
        assert "falls from 5.00 to 4.00" in outcome.err and len(outcome.json["runs"]) == 1
        assert read_header(adapted)["adapted"]["ab_error"] == {"before": 5.0, "after": 4.0}


def test_partly_painted_references_are_left_out(studio, references, tmp_path):
    """They are not an error if adapting is optional, as in a recipe."""
    half, grey = tmp_path / "half.png", tmp_path / "grey.png"
    day = next(iter(pictures(1)))
    bgra = cv2.cvtColor(day, cv2.COLOR_RGB2BGRA)
    bgra[:, :40, 3] = 0
    cv2.imwrite(str(half), bgra)
    cv2.imwrite(str(grey), cv2.cvtColor(cv2.cvtColor(day, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2BGR))
    options = AdaptOptions(updates=1, batch_size=4, precision="float32")
    reporter, base = Recorder(), studio.checkpoint("plain-l2")
    call = {"options": options, "optional": True, "reporter": reporter}
    (summary,) = adapt_to_references(studio, [base], [references, half, grey], **call)
    assert not reporter.warnings and summary.variant == "plain-l2-adapted"
    assert "Networks do not learn references that are partly painted: half.png, grey.png" in reporter.infos
    assert any("1 network to 2 references: 1 update each" in line for line in reporter.infos)
    assert adapt_to_references(studio, [base], [half, grey], **call) == []
    assert not reporter.warnings and any("networks are not adapted" in line for line in reporter.infos)
    assert not studio.checkpoint("plain-l2-adapted").exists() and base.exists()


def test_half_of_the_samples_are_training_frames(studio, references):
    day = area_average(next(iter(pictures(1))))
    options = AdaptOptions(updates=1, batch_size=4, precision="float32")
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
