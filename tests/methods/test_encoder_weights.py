"""Encoders: given, frozen or random; files of others that are read, and those that are refused."""

import hashlib
import pickle

import numpy as np
import pytest
import torch

from cartoonize.errors import CheckpointError, UsageError
from cartoonize.learning.initial_weights import set_initial_weights
from cartoonize.learning.samples import Samples
from cartoonize.methods.checkpoint import read_checkpoint, read_header
from cartoonize.methods.member import load_member
from cartoonize.methods.networks.encoder_weights import read_encoder_weights
from cartoonize.methods.networks.initialization import initialize_from_data, initialize_he
from cartoonize.methods.networks.vgg import Dense, Transfer, Vgg16
from cartoonize.methods.registry import VARIANTS
from cartoonize.tasks.train import train
from tests.support.training import few_steps


@pytest.fixture(scope="module")
def vgg16():
    """A VGG-16 of the published size, laid out as torchvision does, with a head."""
    torch.manual_seed(0)
    state = {name: torch.randn_like(tensor) * 0.01 for name, tensor in Vgg16().state_dict().items()}
    return {**state, "classifier.6.weight": torch.zeros(10, 4)}


def test_torchvision_and_safetensors_are_read_alike(tmp_path, vgg16):
    from safetensors.torch import save_file

    torch.save(vgg16, tmp_path / "vgg16.pth")
    save_file(vgg16, tmp_path / "vgg16.safetensors")
    for path in (tmp_path / "vgg16.pth", tmp_path / "vgg16.safetensors"):
        weights = read_encoder_weights(path)
        assert weights.file == path.name and weights.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert set(weights.tensors) == set(vgg16) - {"classifier.6.weight"}
        assert all(torch.equal(tensor, vgg16[name]) for name, tensor in weights.tensors.items())


def test_an_encoder_is_filled(tmp_path, vgg16, workspace):
    path = tmp_path / "vgg16.pth"
    torch.save(vgg16, path)
    train(workspace, ["vgg16-dense"], options=few_steps(encoder_weights=path))
    header, tensors = read_checkpoint(workspace.checkpoint("vgg16-dense"))
    assert header["encoder"]["file"] == "vgg16.pth" and header["changes"] == {"encoder_width": 1.0}
    for name in ("features.0.weight", "features.19.bias"):
        assert torch.equal(tensors[f"encoder.{name}"], vgg16[name])
    assert "encoder.features.21.weight" not in tensors
    member = load_member(workspace.checkpoint("vgg16-dense"))
    assert member.predict(torch.full((1, 256, 256), 50.0)).shape == (1, 313, 56, 56)
    card = (workspace.runs / "vgg16-dense" / "README.md").read_text()
    assert "vgg16.pth" in card and "RANDOM" not in card


def test_what_stands_on_a_given_encoder_starts_from_its_features(vgg16, tmp_path):
    """The rest is scaled to what the given encoder says, and the encoder itself is left as it was given."""
    torch.save(vgg16, tmp_path / "vgg16.pth")
    weights = read_encoder_weights(tmp_path / "vgg16.pth")
    variant = VARIANTS["hypercolumn"].with_options({"encoder_width": 1.0})
    model = variant.build(0.125)
    noise = np.random.default_rng(0).integers(0, 256, (4, 256, 256, 3)).astype(np.uint8)
    samples = Samples(noise)
    set_initial_weights(model, variant, samples, weights)
    assert torch.equal(model.encoder.features[2].weight, vgg16["features.2.weight"])
    assert all(p.requires_grad for p in model.parameters())
    spread = []
    model.conv6.register_forward_hook(lambda _m, _i, out: spread.append(out.detach().std()))
    with torch.no_grad():
        model(samples.batch(0, 8)[0])
    assert spread[0] == pytest.approx(1, abs=0.3)


def test_one_input_sees_the_sum_of_three(vgg16, tmp_path):
    torch.save(vgg16, tmp_path / "vgg16.pth")
    weights = read_encoder_weights(tmp_path / "vgg16.pth")
    three, one = Vgg16(), Vgg16(n_inputs=1)
    weights.fill(three)
    weights.fill(one)
    picture = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        assert torch.allclose(three(picture), one(picture), atol=1e-5)


def test_files_that_are_not_a_vgg16_are_refused(tmp_path, vgg16):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "opened"), "w"))

    files = {
        "missing.pth": None,
        "text.pth": b"dear reader",
        "hello.pth": b"hello world",
        "a.pth": b"a text file",
        "empty.pth": b"",
        "pickle.pth": pickle.dumps(Evil()),
    }
    for name, content in files.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(CheckpointError, match=name):
            read_encoder_weights(tmp_path / name)
    torch.save(Evil(), tmp_path / "evil.pth")
    torch.save({**vgg16, "features.5.weight": torch.zeros(3)}, tmp_path / "other.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    torch.save({k: v for k, v in vgg16.items() if k != "features.28.bias"}, tmp_path / "short.pth")
    for name, why in {
        "evil.pth": "not weights",
        "other.pth": r"features.5.weight is \(3,\)",
        "list.pth": "not weights",
        "short.pth": "features.28.bias is missing",
    }.items():
        with pytest.raises(CheckpointError, match=why):
            read_encoder_weights(tmp_path / name)
    assert not (tmp_path / "opened").exists()


def test_a_random_encoder_gives_a_warning(workspace, caplog):
    with caplog.at_level("WARNING", "cartoonize"):
        train(workspace, ["vgg16", "hypercolumn"], options=few_steps())
    assert any("vgg16, hypercolumn" in line and "RANDOM" in line for line in caplog.messages)
    for name in ("vgg16", "hypercolumn"):
        assert read_header(workspace.checkpoint(name))["encoder"] == "random"
        assert "RANDOM" in (workspace.runs / name / "README.md").read_text()


def test_encoder_weights_for_what_has_no_encoder(workspace, tmp_path, vgg16):
    with pytest.raises(UsageError, match="encoder"):
        train(workspace, ["plain"], options=few_steps(encoder_weights=tmp_path / "x.pth"))


def test_a_frozen_encoder_is_drawn_once_and_stays(workspace):
    train(workspace, ["vgg16"], options=few_steps())
    _, tensors = read_checkpoint(workspace.checkpoint("vgg16"))
    model = Transfer(width=0.125)
    initialize_he(model, torch.Generator().manual_seed(0), frozen=True)
    for name, tensor in model.encoder.state_dict().items():
        assert torch.equal(tensors[f"encoder.{name}"], tensor), name
    weight = model.encoder.features[2].weight
    assert weight.std() == pytest.approx((2 / weight[0].numel()) ** 0.5, rel=0.05)


def test_data_initialization_leaves_what_is_frozen(workspace):
    model = Dense(width=0.125)
    before = {name: tensor.clone() for name, tensor in model.encoder.state_dict().items()}
    initialize_from_data(model, torch.rand(4, 1, 64, 64), torch.Generator().manual_seed(0))
    assert all(torch.equal(before[name], tensor) for name, tensor in model.encoder.state_dict().items())
