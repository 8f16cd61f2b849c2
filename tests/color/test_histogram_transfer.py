"""Histograms of a reference, and predictions that get them."""

import numpy as np
import pytest
import torch

from cartoonize.color.bins import AB_BINS, N_BINS, decode
from cartoonize.color.histogram_transfer import histogram_of, transfer_histogram


def bin_of(a, b):
    return int(np.flatnonzero(((a, b) == AB_BINS).all(1))[0])


def two_colours(first, second, split):
    """Return a histogram of 313 bins with two colours."""
    shares = np.zeros(N_BINS)
    shares[bin_of(*first)], shares[bin_of(*second)] = split, 1 - split
    return tuple(shares.tolist())


def test_a_histogram_has_the_shares_of_the_colours_that_count():
    rgb = np.zeros((10, 10, 3), np.uint8)
    rgb[:3] = (255, 0, 0)
    counts = np.ones((10, 10), bool)
    shares = np.array(histogram_of(rgb, counts))
    assert shares.sum() == pytest.approx(1, abs=1e-4)
    chroma = np.hypot(*AB_BINS.T)
    assert shares[chroma > 60].sum() == pytest.approx(0.3, abs=1e-4)
    counts[:3] = False
    assert np.array(histogram_of(rgb, counts))[chroma > 60].sum() == 0


def test_the_mean_becomes_the_wanted_histogram_and_likely_pixels_change_first():
    """A picture that is predicted 80% red and 20% blue becomes half and half: likely pixels turn blue."""
    predicted = torch.zeros(1, N_BINS, 1, 100)
    red, blue = bin_of(60, 40), bin_of(10, -60)
    predicted[0, red, 0] = torch.linspace(0.98, 0.62, 100)
    predicted[0, blue] = 1 - predicted[0, red]
    wanted = two_colours((60, 40), (10, -60), 0.5)
    found = transfer_histogram(predicted, wanted)
    assert torch.allclose(found.sum(1), torch.ones(1, 1, 100), atol=1e-5)
    assert found[0, [red, blue]].mean((1, 2)).tolist() == pytest.approx([0.5, 0.5], abs=0.01)
    blue_now = decode(found, "mode")[0, 1, 0] < 0
    assert not blue_now[:40].any() and blue_now[60:].all()
    assert (found[0, blue, 0].diff() > 0).all()


def test_pictures_do_not_change_each_other():
    predicted = torch.rand(2, N_BINS, 4, 5, generator=torch.Generator().manual_seed(0))
    predicted = predicted / predicted.sum(1, keepdim=True)
    wanted = two_colours((0, 0), (50, 50), 0.7)
    both = transfer_histogram(predicted, wanted)
    assert torch.allclose(both[1:], transfer_histogram(predicted[1:], wanted), atol=1e-6)
