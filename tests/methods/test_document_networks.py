"""The systems of the other documents: layer tables, parameter counts, shapes, weights of others."""

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab
from torch import nn

from cartoonize.color.bins import AB_BINS, N_BINS, decode
from cartoonize.methods.member import load_member
from cartoonize.methods.networks.color_spaces import COLOR_SPACES
from cartoonize.methods.networks.discriminator import (
    Discriminator,
    EnergyDiscriminator,
    discriminator_input,
)
from cartoonize.methods.networks.fusion import CLASS_WEIGHT, Fusion
from cartoonize.methods.networks.hypercolumn import Hypercolumn, _cells
from cartoonize.methods.networks.tiny import Tiny
from cartoonize.methods.networks.vgg import Dense, Transfer, TransferRgb
from cartoonize.methods.registry import VARIANTS
from cartoonize.methods.variant import CHOICES, n_parameters
from cartoonize.tasks.train import train
from tests.support.training import few_steps

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


def test_colours_of_a_predicted_picture_are_those_of_its_rgb():
    """Predicted sRGB gives a and b; the loss is that of sRGB with the true colours on the L of the input."""
    torch.manual_seed(0)
    model = TransferRgb(width=0.125)
    luminance, ab = torch.rand(2, 1, 64, 64), torch.randn(2, 2, 32, 32) * 20
    with torch.no_grad():
        rgb = model.decoder(model.encoder(luminance)).sigmoid().numpy()
        predicted = model(luminance).numpy()
        loss = model.loss(luminance, ab, torch.tensor([-1, -1])).item()
    assert rgb.shape == (2, 3, 64, 64)
    assert np.abs(predicted - np.moveaxis(rgb2lab(np.moveaxis(rgb, 1, -1)), -1, 1)[:, 1:]).max() < 0.01
    small = torch.nn.functional.avg_pool2d(luminance, 2).numpy() * 100
    true = lab2rgb(np.moveaxis(np.concatenate([small, ab.numpy()], 1), 1, -1).astype(float))
    means = np.moveaxis(rgb, 1, -1).reshape(2, 32, 2, 32, 2, 3).mean((2, 4))
    assert loss == pytest.approx(np.square(means - true).mean(), rel=1e-3)
    model.loss(luminance, ab, torch.tensor([-1, -1])).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.decoder.parameters())


def test_dense_stands_on_nine_convolutions():
    model = Dense(width=0.25)
    assert sum(isinstance(layer, nn.Conv2d) for layer in model.encoder.modules()) == 9
    assert model.encoder(torch.zeros(1, 1, 64, 64)).shape == (1, 128, 8, 8)
    assert all(not p.requires_grad for p in model.encoder.parameters())


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


def test_a_sigmoid_of_0_to_1_is_the_output_of_iizuka():
    tanh = Fusion(width=0.125).eval()
    sigmoid = Fusion(width=0.125, activation="sigmoid").eval()
    sigmoid.load_state_dict(tanh.state_dict())
    picture = torch.rand(1, 1, 64, 64)
    with torch.no_grad():
        logits = torch.atanh(tanh(picture) / 110)
        assert torch.allclose(sigmoid(picture), (torch.sigmoid(logits) - 0.5) * 220, atol=1e-3)


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


def test_tiny_colours_at_the_size_of_its_paper(workspace):
    (summary,) = train(workspace, ["tiny-100"], options=few_steps())
    member = load_member(workspace.checkpoint(summary.variant))
    assert member.variant.network_size == 100
    assert member.predict(torch.full((2, 256, 256), 50.0)).shape == (2, 2, 100, 100)


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
    pictures = discriminator_input(luminance, ab)
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
    energy = EnergyDiscriminator(0.125).eval()
    with torch.no_grad():
        padded = nn.functional.pad(pictures, (0, 8, 0, 8), mode="replicate")
        copied = energy.up(energy.down(padded))[..., :56, :56]
        assert torch.allclose(energy(pictures).flatten(), (copied - pictures).square().flatten(1).mean(1))
