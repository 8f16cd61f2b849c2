"""The systems of the other documents: layer tables, parameter counts, shapes, weights of others."""

import hashlib
import json
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.color.bins import AB_BINS, N_BINS, decode
from cartoonize.errors import CheckpointError, UnknownNameError, UsageError
from cartoonize.models.checkpoint import read_checkpoint, read_header
from cartoonize.models.color_spaces import COLOR_SPACES
from cartoonize.models.discriminator import Discriminator, Energy, seen
from cartoonize.models.encoder_weights import read_encoder_weights
from cartoonize.models.fusion import CLASS_WEIGHT, Fusion
from cartoonize.models.hypercolumn import Hypercolumn, _cells
from cartoonize.models.initialization import initialize_from_data, initialize_he
from cartoonize.models.tiny import Tiny
from cartoonize.models.vgg import Dense, Transfer, Vgg16
from cartoonize.stages.train import TrainOptions, _initialize, train
from cartoonize.training.samples import Augmentation, Samples
from cartoonize.variants import CHOICES, VARIANTS, find_variant, load_member, n_parameters

#: name: (parameters at width 1.0, of them learned)
COUNTS = {
    "vgg16": (16_286_802, 1_572_114),
    "vgg16-batchnorm": (16_286_802 + 2 * 1008, 1_572_114 + 2 * 1008),
    "vgg16-dropout": (16_286_802, 1_572_114),
    "tiny": (17_555, 17_555),
    "colorful-l1": (32_235_385 - 311 * 257, 32_235_385 - 311 * 257),
    "gan-wgan": (32_235_385 - 311 * 257, 32_235_385 - 311 * 257),
}


@pytest.mark.parametrize("name", COUNTS)
def test_parameters_at_the_published_size(name):
    with torch.device("meta"):
        network = VARIANTS[name].build()
    assert (n_parameters(network), n_parameters(network, frozen=False)) == COUNTS[name]


def shapes(model, inputs, kinds):
    """Return (channels, height, width) after every layer of these kinds, in the order they work."""
    found = []
    for layer in model.modules():
        if isinstance(layer, kinds):
            layer.register_forward_hook(lambda _layer, _inputs, out: found.append(tuple(out.shape[1:])))
    with torch.no_grad():
        model.eval()(inputs)
    return found


def test_vgg16_is_tables_1_and_2():
    kinds = (nn.Conv2d, nn.MaxPool2d, nn.Upsample)
    model = Transfer()
    found = shapes(model, torch.zeros(1, 1, 224, 224), kinds)
    encoder = [
        *[(64, 224, 224)] * 2, (64, 112, 112), *[(128, 112, 112)] * 2, (128, 56, 56),
        *[(256, 56, 56)] * 3, (256, 28, 28), *[(512, 28, 28)] * 3, (512, 14, 14),
        *[(512, 14, 14)] * 3, (512, 7, 7),
    ]  # fmt: skip
    decoder = [
        (256, 7, 7), (128, 7, 7), (128, 14, 14), (64, 14, 14), (64, 28, 28), (32, 28, 28), (32, 56, 56),
        (16, 56, 56), (16, 112, 112), (2, 112, 112), (2, 224, 224),
    ]  # fmt: skip
    assert found == encoder + decoder


def test_batch_norm_and_dropout_come_before_each_convolution_of_the_decoder():
    for option, kind in (({"batch_norm": True}, nn.BatchNorm2d), ({"dropout": 0.25}, nn.Dropout)):
        layers = list(Transfer(width=0.125, **option).decoder)
        before = [layers[k - 1] for k, layer in enumerate(layers) if isinstance(layer, nn.Conv2d)]
        assert len(before) == 6 and all(isinstance(layer, kind) for layer in before)


def test_dense_stands_on_nine_convolutions():
    model = Dense(width=0.25)
    assert sum(isinstance(layer, nn.Conv2d) for layer in model.encoder.modules()) == 9
    assert model.encoder(torch.zeros(1, 1, 64, 64)).shape == (1, 128, 8, 8)
    assert all(not p.requires_grad for p in model.encoder.parameters())


def test_a_frozen_encoder_is_drawn_once_and_stays(workspace):
    train(workspace, ["vgg16"], options=_few_steps())
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


def test_fusion_has_the_layers_of_the_paper():
    found = shapes(Fusion(), torch.zeros(1, 1, 224, 224), (nn.Conv2d, nn.Linear, nn.Upsample))
    assert found == [
        (64, 112, 112), (128, 112, 112), (128, 56, 56), (256, 56, 56), (256, 28, 28), (512, 28, 28),
        (512, 28, 28), (256, 28, 28),
        (512, 14, 14), (512, 14, 14), (512, 7, 7), (512, 7, 7), (1024,), (512,), (256,),
        (256, 28, 28),
        (128, 28, 28), (128, 56, 56), (64, 56, 56), (64, 56, 56), (64, 112, 112), (32, 112, 112),
        (2, 112, 112),
    ]  # fmt: skip


@pytest.mark.parametrize("use_global", [True, False])
def test_fusion_takes_pictures_of_any_size(use_global):
    model = Fusion(width=0.125, use_global=use_global).eval()
    with torch.no_grad():
        assert model(torch.rand(2, 1, 101, 163)).shape == (2, 2, 101, 163)


def test_the_global_part_sees_the_whole_picture_at_one_size():
    torch.manual_seed(0)
    model = Fusion(width=0.125).eval()
    picture = torch.rand(1, 1, 256, 256)
    changed = picture.clone()
    changed[..., -16:, -16:] = 1 - changed[..., -16:, -16:]
    near = (slice(None), slice(None), slice(0, 8), slice(0, 8))  # of a corner that is far from the change
    local = Fusion(width=0.125, use_global=False).eval()
    with torch.no_grad():
        assert not torch.equal(model(picture)[near], model(changed)[near])
        assert torch.equal(local(picture)[near], local(changed)[near])


def test_the_loss_of_fusion_is_of_colours_and_classes():
    torch.manual_seed(0)
    model = Fusion(width=0.125, n_classes=3).train()
    luminance, ab, labels = torch.rand(2, 1, 224, 224), torch.randn(2, 2, 112, 112) * 30, torch.tensor([2, 0])
    colors, described = model._colors(luminance)
    means = colors.unflatten(3, (112, 2)).unflatten(2, (112, 2)).mean((3, 5))
    distance = (((means - ab) / 220) ** 2).sum(1).mean()
    log_p = torch.log_softmax(model.classes(described), 1)
    entropy = -(log_p[0, 2] + log_p[1, 0]) / 2
    model.zero_grad()
    loss = model.loss(luminance, ab, labels)
    assert loss.item() == pytest.approx((distance + CLASS_WEIGHT * entropy).item(), rel=1e-4)
    loss.backward()
    assert model.classes[0].weight.grad.abs().max() > 0 and model.dense[0].weight.grad.abs().max() > 0
    model.eval()
    assert model.loss(luminance, ab, labels + 99).isfinite()  # labels of others are not looked at


def test_tiny_is_section_4():
    found = shapes(Tiny(), torch.zeros(1, 1, 100, 100), (nn.Conv2d, nn.MaxPool2d, nn.Upsample))
    assert found == [
        (16, 100, 100), (16, 100, 100), (16, 50, 50), (12, 50, 50), (9, 25, 25), (9, 50, 50),
        (32, 50, 50), (32, 100, 100), (2, 100, 100),
    ]  # fmt: skip
    assert n_parameters(Tiny(width=0.125)) == 17_555


def test_the_hypercolumn_has_12417_features():
    with torch.device("meta"):
        assert Hypercolumn().n_features == 12_417


@pytest.mark.parametrize("bins", COLOR_SPACES)
def test_sparse_places_are_those_of_the_whole_picture(bins):
    torch.manual_seed(0)
    model = Hypercolumn(width=0.125, bins=bins).eval()
    luminance = torch.rand(2, 1, 64, 96)
    grid = _cells(16, 24, luminance)
    places = torch.tensor([[0, 5, 383], [23, 24, 200]])
    with torch.no_grad():
        sparse = model._at(luminance, grid.view(-1, 2)[places].unsqueeze(1)).squeeze(2)
        dense = model._at(luminance, grid.expand(2, -1, -1, -1)).flatten(2)
        expected = dense.gather(2, places.unsqueeze(1).expand(-1, dense.shape[1], -1))
        assert torch.allclose(sparse, expected, atol=1e-4)
        assert torch.allclose(model(luminance).exp().sum(1), torch.ones(2, 16, 24), atol=1e-3)


def test_sampling_and_convolution_commute():
    """What is sampled where a hidden layer stands at few pixels equals the layer on what was sampled."""
    torch.manual_seed(0)
    model = Hypercolumn(width=0.125).eval()
    features = torch.rand(1, model.conv7.out_channels, 2, 3)
    grid = _cells(16, 24, features).unsqueeze(0)
    with torch.no_grad():
        after = model._tap(15, features, grid)
        sampled = nn.functional.grid_sample(features, grid, padding_mode="border", align_corners=False)
        assert torch.allclose(after, model.hidden[15](sampled), atol=1e-5)


@pytest.mark.parametrize("bins", COLOR_SPACES)
def test_a_color_space_learns_a_color_and_tells_it_in_bins(bins):
    space = COLOR_SPACES[bins]()
    ab = torch.tensor([[30.0, -22.0]])
    logits = torch.zeros(1, space.n_outputs, requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=0.3)
    for _ in range(300):
        optimizer.zero_grad()
        loss = space.divergence(logits, ab)
        loss.backward()
        optimizer.step()
    assert loss < 0.02
    probabilities = space.probabilities(logits.detach())
    assert probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert torch.allclose(probabilities @ space.colors, ab, atol=2.5)
    histogram = probabilities @ space.encoding
    told = decode(histogram.view(1, N_BINS, 1, 1)).flatten()
    assert torch.allclose(told, ab[0], atol=4)


def test_color_spaces_are_those_of_the_paper():
    assert set(COLOR_SPACES) == set(CHOICES["bins"])
    hue_chroma, quantiles = COLOR_SPACES["hue-chroma"](), COLOR_SPACES["quantile"]()
    assert hue_chroma.n_outputs == 64 and quantiles.n_outputs == 1024 == len(quantiles.colors)
    inside = quantiles.colors[(quantiles.colors.abs() < 25 * 0.6745).all(1)]
    assert len(inside) == 256  # half of a Gaussian lies within 0.6745 deviations, along each axis
    grey = torch.zeros(1, 2)
    hue = torch.zeros(1, 64, requires_grad=True)
    hue_chroma.divergence(hue, grey).backward()
    assert hue.grad[0, :32].abs().max() == 0 and hue.grad[0, 32:].abs().max() > 0  # grey has no hue
    assert torch.equal(COLOR_SPACES["zhang"]().colors, torch.from_numpy(AB_BINS.copy()))


def test_discriminators_see_patches_and_energies():
    luminance, ab = torch.rand(2, 1, 224, 224), torch.randn(2, 2, 56, 56) * 40
    pictures = seen(luminance, ab)
    assert pictures.shape == (2, 3, 56, 56) and torch.allclose(pictures[:, 1:] * 110, ab, atol=1e-4)
    assert torch.allclose(
        pictures[:, 0],
        luminance.unflatten(3, (56, 4)).unflatten(2, (56, 4)).mean((3, 5))[:, 0] * 2 - 1,
        atol=1e-5,
    )
    patches = Discriminator()
    assert [m.out_channels for m in patches.modules() if isinstance(m, nn.Conv2d)] == [64, 128, 256, 512, 1]
    assert sum(isinstance(m, nn.BatchNorm2d) for m in patches.modules()) == 3
    assert patches(pictures).shape == (2, 1, 3, 3)
    energy = Energy(0.125).eval()
    with torch.no_grad():
        padded = nn.functional.pad(pictures, (0, 8, 0, 8), mode="replicate")
        copied = energy.up(energy.down(padded))[..., :56, :56]
        assert torch.allclose(energy(pictures).flatten(), (copied - pictures).square().flatten(1).mean(1))


# Options, labels, runs


@pytest.fixture(autouse=True)
def cheng_in_seconds(monkeypatch):
    """Its number of updates does not follow from options."""
    monkeypatch.setattr("cartoonize.classical.cheng.N_UPDATES", 40)
    monkeypatch.setattr("cartoonize.classical.cheng.N_UPDATES_AFTER", 10)


def _few_steps(**more):
    return TrainOptions(width=0.125, epochs=1, batch_size=8, accumulate=1, precision="float32", **more)


def test_options_change_what_is_built():
    variant = find_variant("plain-norebalance+pooled").having({"pooling": True, "loss": "one-hot"})
    assert variant.name == "plain-norebalance+pooled" and variant.loss == "one-hot"
    network = variant.build(0.125)
    assert sum(isinstance(m, nn.MaxPool2d) for m in network.modules()) == 3
    with torch.no_grad():
        assert network.eval()(torch.zeros(1, 1, 64, 64)).shape == (1, 313, 16, 16)
    shortcut = VARIANTS["residual"].having({"shortcut": True}).build(0.125)
    assert n_parameters(shortcut) == n_parameters(VARIANTS["residual"].build(0.125))
    with pytest.raises(UnknownNameError, match="pool"):
        VARIANTS["plain"].having({"pool": True})
    with pytest.raises(UsageError, match="dropout"):
        VARIANTS["plain"].having({"dropout": 0.5})
    with pytest.raises(UsageError, match="label"):
        find_variant("plain+a/b")


@pytest.mark.parametrize("name", VARIANTS)
def test_own_defaults_are_allowed(name):
    variant = VARIANTS[name]
    assert variant.having(variant.options) == variant
    flipped = {key: not value for key, value in variant.options.items() if isinstance(value, bool)}
    assert variant.having(flipped).options == {**variant.options, **flipped}


def test_what_follows_from_others_is_no_option(workspace):
    for key in ("n_classes", "encoder_width", "seed"):
        assert not any(key in variant.options for variant in VARIANTS.values())
    with pytest.raises(UsageError, match="n_classes is no option"):
        train(workspace, ["fusion"], options=_few_steps(settings={"n_classes": 7}))


def test_without_labels_classes_do_not_count():
    torch.manual_seed(0)
    model = Fusion(width=0.125, n_classes=3).train()
    luminance, ab = torch.rand(2, 1, 224, 224), torch.zeros(2, 2, 112, 112)
    model.loss(luminance, ab, Samples(np.zeros((2, 256, 256, 3), np.uint8)).labels_of(0, 2)).backward()
    assert model.classes[0].weight.grad is None and model.low[0].weight.grad.abs().max() > 0


def test_an_adapted_network_still_says_what_its_encoder_is(workspace):
    from cartoonize.stages.adapt import AdaptOptions, adapt

    train(workspace, ["vgg16"], options=_few_steps())
    reference = np.full((1, 256, 256, 3), 90, np.uint8)
    options = AdaptOptions(minutes=0.01, batch_size=2, precision="float32")
    done = adapt(workspace, workspace.checkpoint("vgg16"), reference, names=["a.png"], options=options)
    assert "RANDOM" in (workspace.runs / done.variant / "README.md").read_text()


def test_a_labelled_method_is_lent_what_it_takes():
    from cartoonize.flow.guidance import Guidance

    Guidance(reference="x.png").check([find_variant("welsh+a")])
    with pytest.raises(UsageError, match="no chosen variant takes it"):
        Guidance(reference="x.png").check([find_variant("plain+a")])


def test_the_shortcut_adds_what_conv5_gets():
    torch.manual_seed(0)
    with_it = VARIANTS["residual"].having({"shortcut": True}).build(0.125).eval()
    without = VARIANTS["residual"].build(0.125).eval()
    without.load_state_dict(with_it.state_dict())
    seen_by_conv5 = []
    with_it.conv5.register_forward_hook(lambda _m, inputs, out: seen_by_conv5.extend((inputs[0], out)))
    with torch.no_grad():
        picture = torch.rand(1, 1, 32, 32)
        one, other = with_it(picture), without(picture)
        assert not torch.allclose(one, other)
        before, after = seen_by_conv5
        assert torch.allclose(one, with_it.pred(torch.relu(before + after)), atol=1e-6)


def test_a_labelled_run_keeps_its_options(workspace):
    options = _few_steps(settings={"pooling": True})
    (summary,) = train(workspace, ["plain-l2+pooled"], options=options)
    assert summary.variant == "plain-l2+pooled"
    header = read_header(workspace.checkpoint("plain-l2+pooled"))
    assert header["variant"] == "plain-l2+pooled" and header["changes"] == {"pooling": True}
    moved = workspace.root / "elsewhere.safetensors"
    workspace.checkpoint("plain-l2+pooled").rename(moved)
    member = load_member(moved)
    assert any(isinstance(m, nn.MaxPool2d) for m in member.module.modules())
    assert "pooling = True" in (workspace.runs / "plain-l2+pooled" / "README.md").read_text()


@pytest.mark.parametrize("labels, n_classes", [("episode", 2), ("scene", 4)])
def test_fusion_classifies_episodes_or_scenes(workspace, labels, n_classes):
    """The two training episodes of the drawn films have one cut each."""
    train(workspace, ["fusion"], options=_few_steps(settings={"labels": labels}))
    header = read_header(workspace.checkpoint("fusion"))
    assert header["changes"] == {"labels": labels, "n_classes": n_classes}
    assert load_member(workspace.checkpoint("fusion")).module.classes[-1].out_features == n_classes


def test_an_unknown_kind_of_labels_is_refused(workspace):
    with pytest.raises(UnknownNameError, match="episode, scene"):
        train(workspace, ["fusion"], options=_few_steps(settings={"labels": "mood"}))


def test_labels_go_with_their_pictures():
    pictures = np.arange(6, dtype=np.uint8).repeat(256 * 256 * 3).reshape(6, 256, 256, 3) * 40
    none = Augmentation(weights=0, gamma=0, contrast=0, grain=0)
    samples = Samples(pictures, labels=np.arange(6), augmentation=none)
    for number in range(4):
        levels = (samples.batch(number, 5)[0].mean((1, 2, 3))).argsort()
        assert torch.equal(samples.labels_of(number, 5).argsort(), levels)


def test_turned_pictures_keep_colours_where_they_were():
    """Input and target are turned together: a boundary between two colours lies in the same place in both."""
    pictures = np.zeros((1, 256, 256, 3), np.uint8)
    pictures[:, :, :128] = (200, 40, 40)
    pictures[:, :, 128:] = (40, 40, 90)
    turned = Augmentation(weights=0, gamma=0, contrast=0, grain=0, turn=20.0, zoom=0.2)
    straight = Augmentation(weights=0, gamma=0, contrast=0, grain=0)
    inputs, ab = Samples(pictures, augmentation=turned).batch(0, 4)
    small = nn.functional.avg_pool2d(inputs, 4)[:, 0]
    red = ab[:, 0] > ab[:, 0].mean()
    assert ((small > 0.3) == red).float().mean() > 0.97
    plain, _ = Samples(pictures, augmentation=straight).batch(0, 4)
    edges = [(picture[0, 0] > 0.3).sum() - (picture[0, -1] > 0.3).sum() for picture in inputs]
    assert all((p[0, 0] > 0.3).sum() == (p[0, -1] > 0.3).sum() for p in plain)
    assert sum(abs(int(e)) > 4 for e in edges) >= 3


def test_cells_of_other_sizes():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3)).astype(np.uint8)
    by_pixel = Samples(pictures, cell=1).batch(0, 2)[1]
    assert by_pixel.shape == (2, 2, 224, 224)
    assert Samples(pictures, cell=2).rows([0, 1])[1].shape == (2, 2, 112, 112)


# Weights of others


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
    train(workspace, ["vgg16-dense"], options=_few_steps(encoder_weights=path))
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
    variant = VARIANTS["hypercolumn"].having({"encoder_width": 1.0})
    model = variant.build(0.125)
    noise = np.random.default_rng(0).integers(0, 256, (4, 256, 256, 3)).astype(np.uint8)
    samples = Samples(noise)
    _initialize(model, variant, samples, weights)
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


def test_files_that_are_no_vgg16_are_refused(tmp_path, vgg16):
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
        "evil.pth": "no weights",
        "other.pth": r"features.5.weight is \(3,\)",
        "list.pth": "no weights",
        "short.pth": "features.28.bias is nothing",
    }.items():
        with pytest.raises(CheckpointError, match=why):
            read_encoder_weights(tmp_path / name)
    assert not (tmp_path / "opened").exists()


def test_a_random_encoder_is_said_loudly(workspace):
    lines = []
    train(workspace, ["vgg16", "hypercolumn"], options=_few_steps(), notify=lines.append)
    assert any("vgg16, hypercolumn" in line and "RANDOM" in line for line in lines)
    for name in ("vgg16", "hypercolumn"):
        assert read_header(workspace.checkpoint(name))["encoder"] == "random"
        assert "RANDOM" in (workspace.runs / name / "README.md").read_text()


def test_encoder_weights_for_what_has_no_encoder(workspace, tmp_path, vgg16):
    with pytest.raises(UsageError, match="encoder"):
        train(workspace, ["plain"], options=_few_steps(encoder_weights=tmp_path / "x.pth"))


@pytest.mark.parametrize("name", [v.name for v in VARIANTS.values() if v.kind != "fixed"])
def test_any_checkpoint_loads_by_itself(name, workspace):
    """Trained, moved elsewhere, renamed, and loaded by its path alone."""
    options = _few_steps() if VARIANTS[name].kind == "network" else TrainOptions()
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


def test_a_fitted_method_has_the_training_s_seed(workspace):
    for seed in (0, 3):
        train(workspace, ["cheng"], options=TrainOptions(seed=seed))
        header, tensors = read_checkpoint(workspace.checkpoint("cheng"))
        assert (
            header["changes"]
            == {"seed": seed}
            == {"seed": load_member(workspace.checkpoint("cheng")).module._seed}
        )
