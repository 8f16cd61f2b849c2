"""The layer tables of the thesis, checkpoints, initialisation."""

import json
import shutil

import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.errors import CartoonizeError, CheckpointError, UsageError
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.frames import Frame
from cartoonize.methods.checkpoint import read_checkpoint, read_header, write_checkpoint
from cartoonize.methods.member import fixed_member, load_member
from cartoonize.methods.networks.inference import for_inference
from cartoonize.methods.networks.initialization import initialize_from_data, initialize_xavier
from cartoonize.methods.networks.inputs import to_network_size
from cartoonize.methods.networks.plain import Plain
from cartoonize.methods.networks.residual import Residual
from cartoonize.methods.registry import VARIANTS
from cartoonize.methods.variant import CHOICES, n_parameters

# (output size at 224, outputs, stride, dilation, thousands of parameters of the convolution without bias)
PLAIN = [
    (224, 64, 1, 1, 0.6), (112, 64, 2, 1, 36.9),
    (112, 128, 1, 1, 73.7), (56, 128, 2, 1, 147.5),
    (56, 256, 1, 1, 294.9), (56, 256, 1, 1, 589.8), (28, 256, 2, 1, 589.8),
    (28, 512, 1, 1, 1179.6), (28, 512, 1, 1, 2359.3), (28, 512, 1, 1, 2359.3),
    *[(28, 512, 1, 2, 2359.3)] * 6,
    *[(28, 512, 1, 1, 2359.3)] * 3,
    (56, 256, 2, 1, 2097.2), (56, 256, 1, 1, 589.8), (56, 256, 1, 1, 589.8),
    (56, 313, 1, 1, 80.1),
]  # fmt: skip
RESIDUAL = {
    "conv0": [(224, 64, 1, 1, 0.6)],
    "conv1.branch2": [(112, 128, 2, 1, 73.7), (112, 256, 1, 1, 294.9)],
    "conv1.branch1": [(112, 256, 2, 1, 147.5)],
    "conv2.branch2": [(112, 256, 1, 1, 589.8)] * 2,
    "conv2.branch1": [],
    "conv3.branch2": [(56, 512, 2, 1, 1179.6), (56, 512, 1, 2, 2359.3), (56, 256, 1, 2, 1179.6)],
    "conv3.branch1": [(56, 256, 2, 1, 589.8)],
    "conv4.branch2": [(56, 512, 1, 2, 1179.6), (56, 512, 1, 2, 2359.3)],
    "conv4.branch1": [(56, 512, 1, 1, 1179.6)],
    "conv5": [(56, 256, 1, 1, 1179.6), (56, 512, 1, 2, 1179.6), (56, 512, 1, 1, 2359.3)],
    "pred": [(56, 313, 1, 1, 160.3)],
}


def layers(model, size=224):
    """Return name and (size, outputs, stride, dilation, thousands of weights) of every convolution."""
    seen = []

    def record(name):
        def hook(layer, _inputs, output):
            row = (
                output.shape[-1],
                output.shape[1],
                layer.stride[0],
                layer.dilation[0],
                round(layer.weight.numel() / 1000, 1),
            )
            seen.append((name, row))

        return hook

    for name, layer in model.named_modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.register_forward_hook(record(name))
    with torch.no_grad():
        model.eval()(torch.zeros(1, 1, size, size))
    return seen


def test_plain_is_table_6_1():
    model = Plain()
    assert n_parameters(model) == 32_235_385
    assert [row for _, row in layers(model)] == PLAIN


def test_residual_is_table_6_2():
    model = Residual()
    assert n_parameters(model) == 16_613_689
    seen = layers(model)
    for prefix, rows in RESIDUAL.items():
        assert [row for name, row in seen if name.startswith(prefix)] == rows, prefix
    assert len(seen) == sum(map(len, RESIDUAL.values()))
    main_path = [row for name, row in seen if "branch1" not in name and name != "pred"]
    assert len(main_path) == 13 and sum(row[3] == 2 for row in main_path) == 5


@pytest.mark.parametrize("depth", CHOICES["depth"])
def test_a_residual_network_has_as_many_convolutions_as_its_depth(depth):
    model = VARIANTS["residual"].with_options({"depth": depth}).build(0.125)
    seen = layers(model, 64)
    assert sum("branch1" not in name and name != "pred" for name, _ in seen) == depth
    assert [row for name, row in seen if name.startswith("conv")] == [
        row for name, row in layers(Residual(width=0.125), 64) if name.startswith("conv")
    ]
    with pytest.raises(UsageError, match="unknown depth '15'"):
        VARIANTS["residual"].with_options({"depth": 15})


@pytest.mark.parametrize("name", [v.name for v in VARIANTS.values() if v.kind == "network"])
def test_every_network_gives_a_part_of_its_input_s_size(name):
    variant = VARIANTS[name]
    model = variant.build(0.125).eval()
    channels = 313 if variant.output == "histogram" else 2
    part = 1 if name.startswith(("vgg16", "fusion", "tiny")) and name != "vgg16-dense" else 4
    for height, width in ((224, 224), (64, 96)):
        with torch.no_grad():
            output = model(torch.rand(1, 1, height, width))
        assert output.shape == (1, channels, height // part, width // part)
    if variant.output == "ab" and variant.arguments.get("bounded", True) and name != "tiny":
        assert output.abs().max() <= 128


def test_dropout_rises_evenly():
    rates = [m.p for m in Plain(width=0.125, dropout=True).modules() if isinstance(m, nn.Dropout)]
    assert np.allclose(rates, np.linspace(0.1, 0.3, 8))


def test_initialization_from_data_gives_unit_variance():
    generator = torch.Generator().manual_seed(0)
    model = Plain(width=0.125)
    batch = torch.rand(8, 1, 64, 64, generator=generator)
    initialize_from_data(model, batch, generator)
    spread = []
    convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    for layer in convolutions[:-1]:
        layer.register_forward_hook(lambda _m, _i, out: spread.append(out.detach().clone()))
    model.train()(batch)
    for values in spread:
        assert values.mean((0, 2, 3)).abs().max() < 1e-3
        assert (values.std((0, 2, 3)) - 1).abs().max() < 1e-2


def test_xavier_bounds():
    model = Residual(width=0.125)
    initialize_xavier(model, torch.Generator().manual_seed(0))
    layer = model.conv5[0]
    bound = (6 / (9 * (layer.in_channels + layer.out_channels))) ** 0.5
    assert bound * 0.95 < layer.weight.abs().max() <= bound
    assert layer.bias.abs().max() == 0


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "model.safetensors"
    model = VARIANTS["plain"].build(0.125)
    write_checkpoint(path, model.state_dict(), {"variant": "plain", "width": 0.125, "luminance": "grey"})
    return path, model


def test_a_checkpoint_loads_by_itself(checkpoint):
    path, model = checkpoint
    member = load_member(path)
    assert member.name == "plain" and member.luminance == "grey"
    for name, tensor in model.state_dict().items():
        assert torch.equal(member.module.state_dict()[name], tensor)
    assert member.predict(torch.full((2, 256, 256), 50.0)).shape == (2, 313, 56, 56)
    assert read_header(path)["format"] == "cartoonize-checkpoint"


def trained(variant, width=0.125):
    """A network whose batch norms have seen something, so that folding them matters."""
    torch.manual_seed(3)
    model = VARIANTS[variant].build(width)
    if VARIANTS[variant].palette:
        model.set_palette(torch.randn(64, 2).numpy() * 30)
    for part in model.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.weight, -1, 2)
            torch.nn.init.normal_(part.bias)
            part.running_mean.normal_()
            part.running_var.uniform_(0.1, 3)
    return model.eval()


NETWORKS = [v.name for v in VARIANTS.values() if v.kind == "network"]


@pytest.mark.parametrize("variant", NETWORKS)
def test_a_member_predicts_what_its_network_does(tmp_path, variant):
    model = trained(variant)
    path = tmp_path / "model.safetensors"
    write_checkpoint(path, model.state_dict(), {"variant": variant, "width": 0.125, "luminance": "grey"})
    lightness = torch.rand(2, 256, 256, generator=torch.Generator().manual_seed(0)) * 100
    with torch.no_grad():
        inputs = lightness.unsqueeze(1) / 100
        side = VARIANTS[variant].network_size
        literal = model(to_network_size(inputs, side) if side else inputs)
    if VARIANTS[variant].output == "histogram":
        literal = torch.softmax(literal, 1)
    fast = load_member(path).predict(lightness)
    assert fast.shape == literal.shape
    torch.testing.assert_close(fast, literal, rtol=1e-3, atol=1e-5)
    rough = load_member(path, dtype=torch.bfloat16).predict(lightness)
    assert rough.dtype == torch.float32
    scale = literal.abs().mean()
    assert 0 < (rough - literal).abs().mean() < 0.05 * scale


def test_batch_norms_after_convolutions_are_folded():
    def n_norms(model):
        return sum(isinstance(part, torch.nn.BatchNorm2d) for part in model.modules())

    assert n_norms(trained("residual")) == 8 and n_norms(for_inference(trained("residual"))) == 0
    assert n_norms(for_inference(trained("plain"))) == n_norms(trained("plain")) == 7


def test_a_machine_without_a_compiler_says_so_in_one_line(checkpoint, monkeypatch):
    def failing(module, **settings):
        def call(frames):
            raise RuntimeError("no g++\nand much more")

        return call

    monkeypatch.setattr(torch, "compile", failing)
    with pytest.raises(CartoonizeError) as caught:
        load_member(checkpoint[0], compiled=True)
    assert str(caught.value).startswith("torch.compile does not work here: no g++")
    assert "much more" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler on a CPU")
def test_a_compiled_network_predicts_the_same(checkpoint):
    lightness = torch.rand(3, 256, 256, generator=torch.Generator().manual_seed(0)) * 100
    compiled = load_member(checkpoint[0], compiled=True)
    torch.testing.assert_close(
        compiled.predict(lightness), load_member(checkpoint[0]).predict(lightness), rtol=1e-3, atol=1e-6
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler on a CPU")
def test_a_compiled_network_is_compiled_for_what_colours_use(checkpoint):
    compiled = load_member(checkpoint[0], compiled=True)
    drawings = (np.full((64, 64), level, np.uint8) for level in range(100, 106))
    frames = [Frame(k, k, grey, grey, drawing=k, shot=0) for k, grey in enumerate(drawings)]
    counted = torch._dynamo.utils.counters["stats"]
    n_compiled = counted["unique_graphs"]
    assert n_compiled > 0
    colored = list(predict_frames(frames, [compiled], options=PredictOptions(device="cpu")))
    assert len(colored) == 6 and counted["unique_graphs"] == n_compiled


@pytest.mark.fault(19)
def test_a_flipped_bit_is_noticed(checkpoint):
    path, _ = checkpoint
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match="SHA-256"):
        load_member(path)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x04evil pickle"])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        read_checkpoint(path)


def test_checkpoints_of_others_and_of_the_future_are_refused(tmp_path):
    from safetensors.torch import save_file

    path = tmp_path / "model.safetensors"
    save_file({"x": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="another program"):
        read_checkpoint(path)
    header = {"format": "cartoonize-checkpoint", "version": 99}
    save_file({"x": torch.zeros(2)}, path, metadata={"cartoonize": json.dumps(header)})
    with pytest.raises(CheckpointError, match="newer"):
        read_checkpoint(path)
    write_checkpoint(path, {"x": torch.zeros(2)}, {"variant": "no-such"})
    with pytest.raises(CheckpointError, match="Known: plain"):
        load_member(path)


def test_grey_predicts_no_colour():
    assert fixed_member("grey").predict(torch.rand(1, 32, 32) * 100).abs().max() == 0


def test_initialization_from_data_depends_on_its_generator_alone():
    drawn = []
    for other_seed in (1, 2):
        torch.manual_seed(other_seed)
        model = Plain(width=0.125, dropout=True)
        batch = torch.linspace(0, 1, 2 * 32 * 32).view(2, 1, 32, 32)
        initialize_from_data(model, batch, torch.Generator().manual_seed(0))
        drawn.append(model.state_dict())
    assert all(torch.equal(drawn[0][name], tensor) for name, tensor in drawn[1].items())
    assert any(m.training for m in model.modules() if isinstance(m, nn.Dropout))
