"""Our own network: its budget, its palette, what it says."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from cartoonize.color.bins import AB_BINS, decode
from cartoonize.errors import CheckpointError
from cartoonize.frames import COLOR_SIZE
from cartoonize.learning.initial_weights import set_initial_weights
from cartoonize.learning.losses import divergence
from cartoonize.learning.samples import Samples, colors_of
from cartoonize.learning.schedule import Schedule
from cartoonize.learning.trainer import Compute, Trainer
from cartoonize.methods.networks.series import N_COLORS, Series, SeriesPhotos
from cartoonize.methods.registry import find_variant
from cartoonize.methods.retrieval import photo_weights
from cartoonize.methods.variant import n_parameters

PAINTS = np.array([[40, 30], [-35, 20], [10, -45]], np.float32)


needs_weights = pytest.mark.skipif(
    photo_weights.weights_file() is None, reason="needs the extra cartoonize[photos]"
)


@pytest.mark.parametrize("network", [Series, SeriesPhotos])
def test_its_budget(network):
    model = network().eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 1, COLOR_SIZE, COLOR_SIZE))
    assert counter.get_total_flops() <= 10e9
    assert n_parameters(model) <= 10e6


def test_a_series_of_three_paints_has_a_palette_of_three():
    colors = PAINTS[np.random.default_rng(0).integers(0, 3, 500)]
    model = Series(width=0.125)
    model.learn_palette(colors)
    palette = model.palette.numpy()
    assert palette.shape == (N_COLORS, 2)
    found = np.unique(palette.round(3), axis=0)
    np.testing.assert_allclose(found, PAINTS[np.lexsort(PAINTS.T[::-1])], atol=1e-3)


def test_the_palette_does_not_depend_on_the_seed():
    colors = np.random.default_rng(0).normal(0, 30, (2000, 2)).astype(np.float32)
    palettes = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        np.random.seed(seed)
        model = Series(width=0.125)
        model.learn_palette(colors)
        palettes.append(model.palette)
    assert torch.equal(*palettes) and len(palettes[0].unique(dim=0)) == N_COLORS


@pytest.mark.parametrize("favourite", [0, 1, 2])
def test_it_paints_with_its_palette(favourite):
    model = Series(width=0.125).eval()
    model.set_palette(PAINTS)
    with torch.no_grad():
        model.pred.weight.zero_()
        model.pred.bias.copy_(torch.full((N_COLORS,), -50.0).index_fill_(0, torch.tensor([favourite]), 0.0))
        histogram = torch.softmax(model(torch.rand(1, 1, 64, 64)), 1)
    assert histogram.shape == (1, len(AB_BINS), 16, 16)
    ab = decode(histogram)[0].flatten(1).T.numpy()
    expected = PAINTS[favourite]
    assert np.abs(ab - expected).max() < 1.0  # as near as five bins tell it


def test_far_away_pixels_count():
    """The context reaches from one end of the picture to the other."""
    torch.manual_seed(0)
    model = Series(width=0.25).eval()
    model.set_palette(np.random.default_rng(0).normal(0, 40, (N_COLORS, 2)).astype(np.float32))
    picture = torch.rand(1, 1, 224, 224)
    changed = picture.clone()
    changed[..., -16:, -16:] = 1 - changed[..., -16:, -16:]
    with torch.no_grad():
        for block in (*model.down, *model.up):  # so that no layer dampens what it is given
            for layer in block:
                if isinstance(layer, torch.nn.Conv2d):
                    torch.nn.init.kaiming_normal_(layer.weight)
        assert (model(picture) - model(changed))[..., :4, :4].abs().max() > 1e-5
        model.context.weight.zero_()
        assert (model(picture) - model(changed))[..., :4, :4].abs().max() < 1e-6


def test_colours_are_taken_from_single_pixels():
    pictures = np.zeros((3, COLOR_SIZE, COLOR_SIZE, 3), np.uint8)
    pictures[:, :, ::2] = (255, 0, 0)
    pictures[:, :, 1::2] = (0, 0, 255)  # an average would be purple
    colors = colors_of(Samples(pictures))
    assert colors.shape == (3 * 64, 2) and len(np.unique(colors.round(), axis=0)) == 2


def test_its_loss_is_0_at_the_soft_encoding_of_the_true_colours_and_higher_elsewhere(monkeypatch):
    model = Series(width=0.125)
    model.set_palette(PAINTS)
    true = torch.tensor([[38.0, 31.0], [-35.0, 20.0], [10.0, -45.0], [0.0, 0.0]])
    distances = torch.cdist(true, model.palette).square()
    exact = (-distances / (2 * 5.0**2)).T.reshape(1, N_COLORS, 2, 2)
    ab = true.T.reshape(1, 2, 2, 2)
    found = []
    for logits in (exact, exact.flip(-1), torch.zeros_like(exact)):
        monkeypatch.setattr(model, "_paints", lambda luminance, logits=logits: logits)
        found.append(float(model.loss(torch.zeros(1, 1, 8, 8), ab, torch.tensor([-1]))))
    assert found[0] == pytest.approx(0, abs=1e-6)
    assert found[1] > found[2] > 0.1


def test_the_loss_over_the_palette_has_the_minimum_of_that_over_the_bins():
    """Both are lowest where the network is certain of the true paint."""
    model = Series(width=0.125)
    model.set_palette(PAINTS)
    ab = torch.from_numpy(PAINTS[1]).view(1, 2, 1, 1).expand(1, 2, 16, 16)
    luminance, labels = torch.rand(1, 1, 64, 64), torch.tensor([-1])
    over_bins = divergence()
    losses = []
    for favourite in range(3):
        with torch.no_grad():
            model.pred.weight.zero_()
            model.pred.bias.copy_(
                torch.full((N_COLORS,), -9.0).index_fill_(0, torch.tensor([favourite]), 0.0)
            )
            losses.append([float(model.loss(luminance, ab, labels)), float(over_bins(model(luminance), ab))])
    assert np.argmin(losses, axis=0).tolist() == [1, 1]


@needs_weights
def test_a_training_does_not_change_what_photographs_have_taught():
    pictures = np.random.default_rng(0).integers(0, 256, (4, COLOR_SIZE, COLOR_SIZE, 3), np.uint8)
    variant, samples = find_variant("series-photos"), Samples(pictures)
    model = variant.build(0.125)
    set_initial_weights(model, variant, samples, None)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    published = SeriesPhotos(width=0.125)
    photo_weights.fill(published.photos)
    assert torch.equal(published.photos.stem.weight, model.photos.stem.weight)
    schedule = Schedule(updates=2, batch_size=2, accumulate=1)
    Trainer(model, samples, loss=None, schedule=schedule, compute=Compute(torch.device("cpu"))).run()
    after = model.state_dict()
    changed = {name for name, tensor in before.items() if not torch.equal(tensor, after[name])}
    assert not {name for name in changed if name.startswith("photos.")}
    assert {"pred.weight", "context.weight", "up.0.0.weight"} <= changed


def test_the_encoder_of_photographs_reaches_every_level():
    """Each level is a different feature, of half the size of the one before."""
    torch.manual_seed(0)
    levels = SeriesPhotos(width=0.125).eval().encode(torch.rand(1, 1, 64, 64))
    assert [level.shape[1:] for level in levels] == [
        (n, 64 >> k, 64 >> k) for k, n in enumerate((16, 24, 40, 112, 320), 1)
    ]


def test_without_its_weights_an_error_says_how_to_get_them(monkeypatch):
    monkeypatch.setattr(photo_weights, "find_spec", lambda name: None)
    variant = find_variant("series-photos")
    samples = Samples(np.zeros((1, COLOR_SIZE, COLOR_SIZE, 3), np.uint8))
    with pytest.raises(CheckpointError) as error:
        set_initial_weights(variant.build(0.125), variant, samples, None)
    assert "not installed" in str(error.value) and "cartoonize[photos]" in error.value.hint
