"""cartoonize train."""

import json
import signal
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open

from cartoonize.cli.session import ConsoleReporter
from cartoonize.learning import trainer
from cartoonize.methods import variant
from cartoonize.methods.checkpoint import read_header
from cartoonize.methods.registry import VARIANTS
from tests.support.files import tree

SMALL = ("--variant", "plain-l2", "--width", "0.125", "--batch-size", "4", "--accumulate", "1")
SHORT = (*SMALL, "--epochs", "1", "--precision", "float32")


def weights(path):
    """Return the tensors of a checkpoint as bytes, by name."""
    with safe_open(path, framework="np") as file:
        return {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118


def test_files_and_messages(cartoonize, workspace):
    before = tree(workspace.root)
    outcome = cartoonize("train", "-w", workspace.root, *SHORT, "--variant", "lookup", "--json")
    assert outcome.code == 0, outcome.err
    network, floor = outcome.json["runs"]
    assert {"variant", "checkpoint", "parameters", "n_samples", "seconds", "validation"} <= set(network)
    assert (network["variant"], floor["variant"]) == ("plain-l2", "lookup")
    assert network["n_samples"] == floor["n_samples"] == 24  # e2 and e3; e1 is held out
    assert network["checkpoint"] == str(workspace.checkpoint("plain-l2"))
    assert network["parameters"] > 100_000 and network["validation"]["ab_error"] > 0
    new = set(tree(workspace.root)) - set(before)
    wanted = {
        f"runs/{run}/{file}"
        for run in ("plain-l2", "lookup")
        for file in ("model.safetensors", "curves.json", "README.md")
    }
    cache = {name for name in new if name.startswith("cache/")}
    assert new - cache == wanted | {"runs/plain-l2/state.safetensors", "reports/prior.json"}
    assert len(cache) == 2  # the frames, and how often each bin occurs in them
    curves = json.loads((workspace.runs / "plain-l2" / "curves.json").read_text())
    assert len(curves["losses"]) == 6 and len(curves["validations"]) == 1
    assert "cartoonize colorize" in outcome.err.splitlines()[-1]


def test_the_prior_is_that_of_the_training_frames(cartoonize, workspace):
    assert cartoonize("train", "-w", workspace.root, "--variant", "lookup").code == 0
    path = workspace.reports / "prior.json"
    prior = json.loads(path.read_text())
    assert prior["episodes"] == ["e2", "e3"] and prior["n_frames"] == 24
    assert len(prior["bins"]) == len(prior["share"]) == 313 and abs(sum(prior["share"]) - 1) < 1e-9
    # The most frequent colours are those of the skies, not of the boxes. There is no saturated green.
    share = {tuple(ab): value for ab, value in zip(prior["bins"], prior["share"], strict=True)}
    at_skies = sum(v for (a, b), v in share.items() if np.hypot(a, b) < 60)
    assert at_skies > 0.6 and share[(-80, 80)] < 1e-6
    written = path.stat().st_mtime_ns
    assert cartoonize("train", "-w", workspace.root, "--variant", "lookup").code == 0
    assert path.stat().st_mtime_ns == written  # the frames are the same, so nothing is counted again


def test_a_limit_of_minutes_is_printed_first(cartoonize, workspace):
    outcome = cartoonize("train", "-w", workspace.root, *SMALL, "--minutes", "0.003")
    assert outcome.code == 0 and "at most 0.003 minutes" in outcome.out.splitlines()[0]


def test_a_length_in_updates(cartoonize, workspace):
    outcome = cartoonize("train", "-w", workspace.root, *SMALL, "--updates", "5", "--minutes", "60")
    assert outcome.code == 0, outcome.err
    curves = json.loads((workspace.runs / "plain-l2" / "curves.json").read_text())
    assert [v["update"] for v in curves["validations"]] == [1, 2, 3, 4, 5] and len(curves["losses"]) == 5


def test_too_few_updates_are_told(cartoonize, workspace, monkeypatch):
    arguments = ("train", "-w", workspace.root, *SMALL, "--precision", "float32", "--json")
    outcome = cartoonize(*arguments, "--minutes", "0.003")
    (run,) = outcome.json["runs"]
    assert run["ended_by"] == "minutes" and run["too_few_updates"] and run["updates"] < 100
    assert f"{run['updates']} updates are too few for a useful network: at least 100" in outcome.err
    assert "larger --minutes" in outcome.err and "minutes ended the training after" in outcome.err
    header = read_header(workspace.checkpoint("plain-l2"))
    assert header["too_few_updates"] and header["length"] == 30 * 6
    monkeypatch.setitem(VARIANTS, "plain-l2", replace(VARIANTS["plain-l2"], min_updates=3))
    outcome = cartoonize(*arguments, "--updates", "3", "--force", "-q")
    (run,) = outcome.json["runs"]
    assert run["ended_by"] == "length" and not run["too_few_updates"] and outcome.err == ""


def test_a_training_ends_early_on_validation_frames(cartoonize, workspace, monkeypatch):
    """By default for `series`, whose saved network is then the best one."""
    assert cartoonize("split", "--test", "none", "--validation", "e1", "-w", workspace.root).code == 0
    errors = iter([5.0, 4.0, 6.0, 7.0, 1.0])
    monkeypatch.setattr(trainer, "validate", lambda *_: {"loss": 1.0, "ab_error": next(errors)})
    arguments = ("train", "-w", workspace.root, "--width", "0.1", "--batch-size", "4", "--updates", "10")
    outcome = cartoonize(*arguments, "--json", "--variant", "series")
    (run,) = outcome.json["runs"]
    assert (run["variant"], run["updates"], run["ended_by"]) == ("series", 8, "patience")
    assert run["validation"]["ab_error"] == 4.0
    assert "series: the training ended early, after 8 of 10 updates" in outcome.err
    assert "series: the weights after 4 updates are kept" in outcome.err
    assert "after 4 updates, the best validated" in (workspace.runs / "series" / "README.md").read_text()


@pytest.mark.parametrize("installed", [True, False])
def test_photographs_are_used_by_default_if_their_weights_are_installed(
    installed, cartoonize, workspace, monkeypatch
):
    monkeypatch.setattr(variant, "find_spec", lambda name: object() if installed else None)
    trained = []
    monkeypatch.setattr("cartoonize.cli.train.train", lambda _, names, **more: trained.append([*names]) or [])
    outcome = cartoonize("train", "-w", workspace.root)
    assert outcome.code == 0 and ("cartoonize[photos]" in outcome.out) == (not installed)
    assert cartoonize("train", "-w", workspace.root, "--set", "initialization=he").code == 0
    assert cartoonize("train", "-w", workspace.root, "--variant", "plain").code == 0
    network, *joining = ("series-photos", "region-knn") if installed else ("series",)
    assert trained == [[network, *joining], [network], ["plain"]]


def test_a_resumed_training_gives_the_same_weights(cartoonize, workspace, monkeypatch):
    arguments = ("train", "-w", workspace.root, *SMALL, "--epochs", "2", "--precision", "float32")
    assert cartoonize(*arguments).code == 0
    whole = weights(workspace.checkpoint("plain-l2"))
    curves = (workspace.runs / "plain-l2" / "curves.json").read_text()

    seen = []

    def interrupting(reporter, label, done, *more, **unit):
        if label == "training plain-l2":
            seen.append(done)
            if done == 8 and len(seen) == 9:
                signal.raise_signal(signal.SIGINT)

    for file in (workspace.runs / "plain-l2").iterdir():
        file.unlink()
    monkeypatch.setattr(ConsoleReporter, "progress", interrupting)
    outcome = cartoonize(*arguments)
    assert outcome.code == 130 and "Interrupted" in outcome.err
    assert [f.name for f in (workspace.runs / "plain-l2").iterdir()] == ["state.safetensors"]

    outcome = cartoonize(*arguments, "--resume", "--json")
    assert outcome.code == 0 and seen == [*range(9), *range(8, 13)]
    assert weights(workspace.checkpoint("plain-l2")) == whole
    again = json.loads((workspace.runs / "plain-l2" / "curves.json").read_text())
    assert again["losses"] == json.loads(curves)["losses"]


def test_the_model_card_mentions_an_average(cartoonize, workspace):
    card = workspace.runs / "plain-l2" / "README.md"
    assert cartoonize("train", "-w", workspace.root, *SHORT).code == 0
    assert "after the last update" in card.read_text()
    last = weights(workspace.checkpoint("plain-l2"))
    assert cartoonize("train", "-w", workspace.root, *SHORT, "--ema", "0.9", "--force").code == 0
    assert "decay 0.9" in card.read_text()
    assert weights(workspace.checkpoint("plain-l2")) != last


def test_a_variant_has_its_own_average_unless_another_is_asked_for(cartoonize, workspace):
    card = workspace.runs / "series" / "README.md"
    small = ("train", "-w", workspace.root, "--variant", "series", "--width", "0.1", "--epochs", "1")
    assert cartoonize(*small).code == 0
    assert "decay 0.99" in card.read_text()
    assert cartoonize(*small, "--ema", "0", "--force").code == 0
    assert "after the last update" in card.read_text()


def test_a_finished_network_is_never_replaced_by_accident(cartoonize, fails, studio):
    checkpoint, before = studio.checkpoint("plain-l2"), tree(studio.root)
    for options, words in (
        (("--seed", "7"), ["of other settings (seed).", "--variant plain-l2+NAME", "--force"]),
        (("--seed", "7", "--width", "0.25", "--ema", "0.5"), ["(width, seed, ema)."]),
        (("--epochs", "3"), ["(length).", "--resume"]),
        (("--print-variation", "0.5"), ["(print_variation)."]),
        (("--patience", "3"), ["(patience)."]),
    ):
        # Variants are checked before any of them is trained.
        call = ("train", "-w", studio.root, "--variant", "plain", *SHORT, *options)
        line = fails(*call, words=[checkpoint, *words], code=2)
        assert ("--resume" in line) == (options[0] == "--epochs")
        assert tree(studio.root) == before
    (studio.runs / "plain-l2" / "state.safetensors").unlink()
    fails("train", "-w", studio.root, *SHORT, "--epochs", "9", "--resume", words=["(length)"], code=2)
    before, old = tree(studio.root), weights(checkpoint)
    labelled = ("--variant", "plain-l2+seven", *SHORT[2:], "--seed", "7")
    assert cartoonize("train", "-w", studio.root, *labelled).code == 0
    assert before.items() <= tree(studio.root).items()
    assert cartoonize("train", "-w", studio.root, *SHORT, "--seed", "7", "--force").code == 0
    assert weights(checkpoint) == weights(studio.checkpoint("plain-l2+seven")) != old


def test_frames_that_were_added_ask_for_force_too(cartoonize, fails, studio):
    assert cartoonize("split", "--test", "none", "-w", studio.root).code == 0
    fails("train", "-w", studio.root, *SHORT, words=["(frames", "--force"], code=2)


def test_a_finished_network_that_is_up_to_date(cartoonize, studio):
    (run,) = cartoonize("train", "-w", studio.root, *SHORT, "--force", "--json").json["runs"]
    before = tree(studio.root)
    for more in ((), ("--resume",), ("--device", "cpu")):
        outcome = cartoonize("train", "-w", studio.root, *SHORT, *more, "--json")
        (again,) = outcome.json["runs"]
        assert again == {**run, "as_before": True} and not run["as_before"]
        assert "plain-l2: up to date" in outcome.err and "Wrote" not in outcome.err
        assert tree(studio.root) == before
    assert cartoonize("train", "-w", studio.root, *SHORT, "--force").code == 0
    assert tree(studio.root) != before  # curves have times


def test_a_finished_network_becomes_longer(cartoonize, studio):
    call = ("train", "-w", studio.root, *SMALL, "--precision", "float32", "--epochs", "2", "--json")
    (run,) = cartoonize(*call, "--resume").json["runs"]
    assert run["updates"] == 12 and not run["as_before"]
    assert cartoonize(*call).json["runs"][0]["as_before"]


def test_starting_anew_over_an_interrupted_training_is_told(cartoonize, workspace, monkeypatch):
    def interrupting(reporter, label, done, *more, **unit):
        if label == "training plain-l2" and done == 4:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(ConsoleReporter, "progress", interrupting)
        assert cartoonize("train", "-w", workspace.root, *SHORT).code == 130
    outcome = cartoonize("train", "-w", workspace.root, *SHORT)
    assert outcome.code == 0 and "starts anew" in outcome.err and "4 updates" in outcome.err
    assert "--resume" in outcome.err
    assert "starts anew" not in cartoonize("train", "-w", workspace.root, *SHORT, "--force").err


def test_resuming_with_other_settings_is_refused(fails, studio):
    before = tree(studio.root)
    line = fails(
        "train", "-w", studio.root, *SHORT, "--seed", "7", "--ema", "0.5", "--resume",
        words=["seed and ema", "--resume"], code=2,
    )  # fmt: skip
    assert str(studio.runs / "plain-l2") in line and tree(studio.root) == before


def test_a_damaged_state(fails, studio):
    state = studio.runs / "plain-l2" / "state.safetensors"
    data = bytearray(state.read_bytes())
    data[-100] ^= 1
    for damaged in (bytes(data), bytes(data[:5000]), b""):
        state.write_bytes(damaged)
        fails("train", "-w", studio.root, *SHORT, "--epochs", "2", "--resume", words=[state])


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--variant", "plane"], ["'plane'", "plain-norebalance", "lookup", "grey"]),
        (["--width", "0"], ["width 0", "1.0"]),
        (["--width", "nan"], ["width nan"]),
        (["--epochs", "0"], ["epochs must be at least 1, got 0"]),
        (["--minutes", "-1"], ["minutes"]),
        (["--patience", "-1"], ["patience must be at least 0, got -1"]),
        (["--updates", "0"], ["updates must be at least 1, got 0"]),
        (["--updates", "9", "--epochs", "1"], ["epochs or in updates, not both"]),
        (["--batch-size", "0"], ["0"]),
        (["--learning-rate", "-1"], ["-1", "variant's own"]),
        (["--ema", "1"], ["ema must be at least 0", "got 1", "0.999"]),
        (["--ema", "nan"], ["ema must be at least 0", "got nan"]),
        (["--seed", "-1"], ["seed -1"]),
        (["--seed", "9" * 30], ["seed 9"]),
        (["--variant", "plain", "--set", "pool=true"], ["option of plain", "'pool'", "pooling, rebalance"]),
        (["--variant", "plain", "--set", "pooling=7"], ["plain: pooling = 7", "False"]),
        (["--variant", "plain", "--set", "pooling"], ["'pooling'", "KEY=VALUE"]),
        (["--variant", "gan-wgan", "--set", "turns=0"], ["turns = 0 is not in 1..100", "5"]),
        (["--variant", "gan-wgan", "--set", "lambda1=nan"], ["lambda1 = nan"]),
        (["--variant", "vgg16-dropout", "--set", "dropout=1.0"], ["dropout = 1", "0.25"]),
        (["--variant", "plain", "--set", "loss=l7"], ["'l7'", "one-hot"]),
        (["--variant", "plain", "--set", "encoding=three-step"], ["'three-step'", "two-step"]),
        (["--variant", "plain-l2", "--set", "encoding=two-step"], ["option of plain-l2", "'encoding'"]),
        (["--variant", "hypercolumn", "--set", "bins=lab"], ["'lab'", "hue-chroma"]),
        (["--variant", "lookup", "--set", "loss=one-hot"], ["option of lookup"]),
        (["--variant", "plain+two words"], ["'two words'", "label"]),
        (["--variant", "plain", "--encoder-weights", "x.pth"], ["encoder", "vgg16"]),
    ],
)
def test_wrong_usage(fails, workspace, arguments, words):
    before = tree(workspace.root)
    fails("train", "-w", workspace.root, *arguments, words=words, code=2)
    assert tree(workspace.root) == before


def test_files_that_are_not_encoder_weights(fails, workspace, tmp_path):
    text = tmp_path / "notes.pth"
    text.write_text("dear reader")
    for path in (text, tmp_path / "missing.pth"):
        fails(
            "train", "-w", workspace.root, "--variant", "vgg16", "--encoder-weights", path,
            words=[path, "torchvision"],
        )  # fmt: skip
    assert not workspace.runs.exists()


def test_unknown_choices_are_answered_with_the_known_ones(misused, workspace):
    misused("train", "-w", workspace.root, "--luminance", "hsv", words=["hsv", "cielab"])
    misused("train", "-w", workspace.root, "--precision", "int8", words=["int8", "bfloat16"])


def test_a_missing_picture_and_pictures_of_another_size(fails, cartoonize, workspace, films):
    picture = workspace.frames("e2") / "000002.png"
    picture.unlink()
    fails("train", "-w", workspace.root, *SHORT, words=[picture, "cartoonize extract"])
    assert cartoonize("extract", films / "e2.mkv", "--size", "128", "-w", workspace.root).code == 0
    assert not workspace.runs.exists() and not list(workspace.root.rglob("*.part"))
    assert cartoonize("train", "-w", workspace.root, *SHORT).code == 0


def test_nothing_but_credits(fails, cartoonize, workspace):
    for name in ("e2", "e3"):
        cartoonize("credits", name, "--mark", "0-24", "--no-detect", "-w", workspace.root)
    fails("train", "-w", workspace.root, *SHORT, words=["no frames to train on", "cartoonize extract"])


def test_no_such_device(fails, workspace, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    fails("train", "-w", workspace.root, *SHORT, "--device", "cuda", words=["CUDA", "--device cpu"], code=2)
