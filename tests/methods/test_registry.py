"""Variants: options, labels, and runs; any checkpoint loads by its path alone."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.annotations.annotations import Annotations
from cartoonize.coloring.ensemble import accepted_by
from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.learning.samples import Samples
from cartoonize.methods.checkpoint import read_checkpoint, read_header
from cartoonize.methods.classical.charpiat import charpiat
from cartoonize.methods.classical.cheng import cheng
from cartoonize.methods.classical.deshpande import deshpande
from cartoonize.methods.member import load_member
from cartoonize.methods.networks.fusion import Fusion
from cartoonize.methods.registry import VARIANTS, find_variant
from cartoonize.methods.variant import n_parameters
from cartoonize.tasks.train import TrainOptions, train
from tests.support.training import few_steps


@pytest.fixture(autouse=True)
def cheng_in_seconds(monkeypatch):
    """Shorten the training of cheng, which no option shortens."""
    monkeypatch.setattr("cartoonize.methods.classical.cheng.cheng.N_UPDATES", 40)
    monkeypatch.setattr("cartoonize.methods.classical.cheng.cheng.N_UPDATES_AFTER", 10)


def test_options_change_what_is_built():
    variant = find_variant("plain-norebalance+pooled").with_options({"pooling": True, "loss": "one-hot"})
    assert variant.name == "plain-norebalance+pooled" and variant.loss == "one-hot"
    network = variant.build(0.125)
    assert sum(isinstance(m, nn.MaxPool2d) for m in network.modules()) == 3
    with torch.no_grad():
        assert network.eval()(torch.zeros(1, 1, 64, 64)).shape == (1, 313, 16, 16)
    shortcut = VARIANTS["residual"].with_options({"shortcut": True}).build(0.125)
    assert n_parameters(shortcut) == n_parameters(VARIANTS["residual"].build(0.125))
    with pytest.raises(UnknownNameError, match="pool"):
        VARIANTS["plain"].with_options({"pool": True})
    with pytest.raises(UsageError, match="dropout"):
        VARIANTS["plain"].with_options({"dropout": 0.5})
    with pytest.raises(UsageError, match="two-step.*no effect.*one-hot"):
        VARIANTS["plain"].with_options({"loss": "one-hot", "encoding": "two-step"})
    with pytest.raises(UsageError, match="rebalance.*no effect.*'palette'"):
        VARIANTS["series"].with_options({"rebalance": True})
    with pytest.raises(UsageError, match="no palette"):
        VARIANTS["plain"].with_options({"loss": "palette"})
    with pytest.raises(UsageError, match="label"):
        find_variant("plain+a/b")


@pytest.mark.parametrize("name", VARIANTS)
def test_own_defaults_are_allowed(name):
    variant = VARIANTS[name]
    assert variant.with_options(variant.options) == variant
    flipped = {key: not value for key, value in variant.options.items() if isinstance(value, bool)}
    if variant.loss == "palette":  # has no weights
        del flipped["rebalance"]
    assert variant.with_options(flipped).options == {**variant.options, **flipped}


def test_derived_options_cannot_be_set(workspace):
    for key in ("n_classes", "encoder_width", "seed"):
        assert not any(key in variant.options for variant in VARIANTS.values())
    with pytest.raises(UsageError, match="n_classes cannot be set"):
        train(workspace, ["fusion"], options=few_steps(settings={"n_classes": 7}))


def test_without_labels_classes_do_not_count():
    torch.manual_seed(0)
    model = Fusion(width=0.125, n_classes=3).train()
    luminance, ab = torch.rand(2, 1, 224, 224), torch.zeros(2, 2, 112, 112)
    model.loss(luminance, ab, Samples(np.zeros((2, 256, 256, 3), np.uint8)).labels_of(0, 2)).backward()
    assert model.classes[0].weight.grad is None and model.low[0].weight.grad.abs().max() > 0


def test_the_card_of_an_adapted_network_has_its_encoder(workspace):
    from cartoonize.tasks.adapt import AdaptOptions, adapt

    train(workspace, ["vgg16"], options=few_steps())
    reference = np.full((1, 256, 256, 3), 90, np.uint8)
    options = AdaptOptions(minutes=0.01, batch_size=2, precision="float32")
    done = adapt(workspace, workspace.checkpoint("vgg16"), reference, names=["a.png"], options=options)
    assert "RANDOM" in (workspace.runs / done.variant / "README.md").read_text()


def test_a_labelled_method_accepts_the_annotations_of_its_variant():
    references, scribbles = Annotations(references=(Path("x.png"),)), Annotations(scribbles=Path("x.png"))
    assert accepted_by(references, [find_variant("welsh+a")]) == references
    assert accepted_by(scribbles, [find_variant("levin+a")]) == scribbles
    with pytest.raises(UsageError, match="no chosen variant accepts it"):
        accepted_by(scribbles, [find_variant("plain+a")])


def test_the_shortcut_adds_the_input_of_conv5():
    torch.manual_seed(0)
    with_it = VARIANTS["residual"].with_options({"shortcut": True}).build(0.125).eval()
    without = VARIANTS["residual"].build(0.125).eval()
    without.load_state_dict(with_it.state_dict())
    at_conv5 = []
    with_it.conv5.register_forward_hook(lambda _m, inputs, out: at_conv5.extend((inputs[0], out)))
    with torch.no_grad():
        picture = torch.rand(1, 1, 32, 32)
        one, other = with_it(picture), without(picture)
        assert not torch.allclose(one, other)
        before, after = at_conv5
        assert torch.allclose(one, with_it.pred(torch.relu(before + after)), atol=1e-6)


def test_a_labelled_run_keeps_its_options(workspace):
    options = few_steps(settings={"pooling": True})
    (summary,) = train(workspace, ["plain-l2+pooled"], options=options)
    assert summary.variant == "plain-l2+pooled"
    header = read_header(workspace.checkpoint("plain-l2+pooled"))
    assert header["variant"] == "plain-l2+pooled" and header["changes"] == {"pooling": True}
    moved = workspace.root / "elsewhere.safetensors"
    workspace.checkpoint("plain-l2+pooled").rename(moved)
    member = load_member(moved)
    assert any(isinstance(m, nn.MaxPool2d) for m in member.module.modules())
    assert "pooling = True" in (workspace.runs / "plain-l2+pooled" / "README.md").read_text()


@pytest.mark.parametrize("name", ["plain", "series"])
def test_a_network_learns_from_two_step_histograms(name, workspace):
    settings = {"encoding": "two-step", "rebalance": True, "loss": "divergence"}
    losses = {}
    for label, changes in (("one", {"rebalance": True, "loss": "divergence"}), ("two", settings)):
        train(workspace, [f"{name}+{label}"], options=few_steps(settings=changes))
        losses[label] = json.loads((workspace.runs / f"{name}+{label}" / "curves.json").read_text())["losses"]
    header = read_header(workspace.checkpoint(f"{name}+two"))
    assert header["changes"] == settings
    assert "encoding = two-step" in (workspace.runs / f"{name}+two" / "README.md").read_text()
    assert load_member(workspace.checkpoint(f"{name}+two")).variant.encoding == "two-step"
    assert load_member(workspace.checkpoint(f"{name}+one")).variant.encoding == "one-step"  # no such option
    assert losses["one"] != losses["two"]


def test_one_hot_is_rebalanced_on_request(workspace):
    losses = {}
    for rebalance in (True, False):
        name = f"plain+{rebalance}"
        options = few_steps(settings={"loss": "one-hot", "rebalance": rebalance})
        train(workspace, [name], options=options)
        losses[rebalance] = json.loads((workspace.runs / name / "curves.json").read_text())["losses"]
    assert losses[True] != losses[False]


def test_an_unknown_kind_of_labels_is_an_error(workspace):
    with pytest.raises(UnknownNameError, match="episode, scene"):
        train(workspace, ["fusion"], options=few_steps(settings={"labels": "mood"}))


@pytest.mark.parametrize("name", [v.name for v in VARIANTS.values() if v.kind != "fixed"])
def test_any_checkpoint_loads_by_itself(name, workspace, monkeypatch):
    """Trained, moved elsewhere, renamed, and loaded by its path alone."""
    monkeypatch.setitem(VARIANTS, name, replace(VARIANTS[name], n_validated=2))  # some take a second each
    monkeypatch.setattr(charpiat, "N_STORED", 4000)
    monkeypatch.setattr(deshpande, "N_PIXELS", 3000)
    monkeypatch.setattr(deshpande, "MIN_FRAME_PIXELS", 100)
    monkeypatch.setattr(deshpande, "N_MINIMA", 1)
    options = few_steps() if VARIANTS[name].kind == "network" else TrainOptions()
    train(workspace, [name], options=options)
    moved = workspace.root / "a" / "b.safetensors"
    moved.parent.mkdir()
    workspace.checkpoint(name).rename(moved)
    member = load_member(moved)
    assert member.variant.name == name
    predicted = member.predict(torch.rand(1, 256, 256, generator=torch.Generator().manual_seed(0)) * 100)
    assert predicted.shape[:2] == (1, 313 if member.variant.output == "histogram" else 2)
    assert predicted.isfinite().all()
    assert json.dumps(read_header(moved))


def test_a_fitted_method_has_the_seed_of_the_training(workspace, monkeypatch):
    monkeypatch.setattr(cheng, "N_UPDATES", 20)
    for seed in (0, 3):
        train(workspace, ["cheng"], options=TrainOptions(seed=seed))
        header, tensors = read_checkpoint(workspace.checkpoint("cheng"))
        assert (
            header["changes"]
            == {"seed": seed}
            == {"seed": load_member(workspace.checkpoint("cheng")).module._seed}
        )
