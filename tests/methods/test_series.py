"""Our own network: its budget, its palette, what it says."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from cartoonize.color.bins import AB_BINS, decode
from cartoonize.frames import COLOR_SIZE
from cartoonize.learning.samples import Samples, colors_of
from cartoonize.methods.networks.series import N_COLORS, Series
from cartoonize.methods.variant import n_parameters

PAINTS = np.array([[40, 30], [-35, 20], [10, -45]], np.float32)


def test_its_budget():
    model = Series().eval()
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
