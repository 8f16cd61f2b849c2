"""Losses against their definitions, and the frequencies of colours."""

import numpy as np
import pytest
import torch

from cartoonize.color.bins import AB_BINS, N_BINS, rebalancing_weights, soft_encode
from cartoonize.color.lab import rgb_to_lab
from cartoonize.learning.encodings import two_step_histogram
from cartoonize.learning.losses import (
    bin_frequencies,
    distances,
    divergence,
    euclidean,
    loss_for,
    one_hot,
    two_step_divergence,
)
from cartoonize.learning.samples import Samples
from cartoonize.methods.registry import find_variant


@pytest.fixture
def logits_and_ab():
    """Return random logits (2, 313, 3, 4) and colours (2, 2, 3, 4)."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, N_BINS, 3, 4, generator=generator)
    return logits, torch.rand(2, 2, 3, 4, generator=generator) * 100 - 50


def test_divergence_equals_its_definition():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, N_BINS, 3, 4, generator=generator)
    ab = torch.rand(2, 2, 3, 4, generator=generator) * 100 - 50
    weights = torch.rand(N_BINS, generator=generator).numpy()
    p_hat = torch.softmax(logits, 1)
    total = 0.0
    for n in range(2):
        for y in range(3):
            for x in range(4):
                distance = (torch.from_numpy(AB_BINS) - ab[n, :, y, x]).norm(dim=1)
                nearest = distance.argsort()[:5]
                p = torch.exp(-(distance[nearest] ** 2) / 50)
                p /= p.sum()
                kl = (p * (p.log() - p_hat[n, nearest, y, x].log())).sum()
                total += weights[nearest[0]] * kl
    assert torch.isclose(divergence(weights)(logits, ab), torch.as_tensor(total / 24), rtol=1e-4)
    assert divergence()(logits, ab) > 0


def test_divergence_is_least_at_the_truth():
    ab = torch.tensor([12.0, -7.0]).view(1, 2, 1, 1)
    logits = torch.zeros(1, N_BINS, 1, 1, requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=0.5)
    for _ in range(300):
        optimizer.zero_grad()
        loss = divergence()(logits, ab)
        loss.backward()
        optimizer.step()
    assert loss < 0.01


@pytest.mark.parametrize("weighted", [False, True])
def test_two_step_divergence_equals_its_definition(logits_and_ab, weighted):
    """It is formula 5.2 of the thesis, pixel by pixel, for the histograms of its section 5.2."""
    logits, ab = logits_and_ab
    weights = np.random.default_rng(0).random(N_BINS).astype(np.float32) if weighted else None
    p_hat = torch.softmax(logits, 1)
    total = 0.0
    for n, y, x in np.ndindex(2, 3, 4):
        distance = np.linalg.norm(AB_BINS - ab[n, :, y, x].numpy(), axis=1)
        nearest = distance.argsort()[:5]
        combination = (1 / distance[nearest]) / (1 / distance[nearest]).sum()
        p = np.zeros(N_BINS)
        for share, bin_ in zip(combination, nearest, strict=True):
            kernel = np.exp(-((AB_BINS - AB_BINS[bin_]) ** 2).sum(1) / (2 * 5.0**2))
            p += share * kernel / kernel.sum()
        log_p = np.log(np.maximum(p, 1e-12))
        divergence_ = (p * (log_p - p_hat[n, :, y, x].log().numpy())).sum()
        total += divergence_ * (1 if weights is None else weights[p.argmax()])
    assert two_step_divergence(weights)(logits, ab).item() == pytest.approx(total / 24, rel=1e-4)


def test_two_step_histograms_sum_to_one_and_stay_near_their_colour():
    ab = torch.rand(500, 2, generator=torch.Generator().manual_seed(0)) * 60 - 30
    histogram = two_step_histogram(ab)
    assert torch.allclose(histogram.sum(1), torch.ones(500), atol=1e-5)
    assert (histogram @ torch.from_numpy(AB_BINS) - ab).norm(dim=1).max() < 2
    assert torch.equal(histogram.argmax(1), soft_encode(ab)[0][:, 0])
    on_a_bin = two_step_histogram(torch.tensor([[0.0, 0.0]]))[0]
    center = int(on_a_bin.argmax())
    assert tuple(AB_BINS[center]) == (0, 0)
    neighbor = int(np.flatnonzero((AB_BINS == (10, 0)).all(1))[0])
    assert on_a_bin[neighbor] / on_a_bin[center] == pytest.approx(np.exp(-2), rel=1e-3)  # 10 is 2 sigma


def test_euclidean():
    ab = torch.zeros(1, 2, 2, 2)
    assert euclidean(torch.full_like(ab, 11.0), ab) == pytest.approx(0.5 * 2 * 0.1**2)


def test_lambdas_weigh_the_distances():
    predicted, ab = torch.zeros(1, 2, 1, 1), torch.tensor([11.0, -22.0]).view(1, 2, 1, 1)
    assert distances(2.0, 0.0)(predicted, ab).item() == pytest.approx(2 * (0.1 + 0.2))
    assert distances(0.0, 3.0)(predicted, ab).item() == pytest.approx(3 * (0.01 + 0.04))
    larger = torch.tensor([[1.0, 3.0], [5.0, 7.0]]).expand(1, 2, 2, 2)
    assert distances(1.0, 0.0)(larger, torch.full((1, 2, 1, 1), 4.0)).item() == pytest.approx(0)


def test_one_hot_is_the_cross_entropy_of_the_nearest_bin():
    logits = torch.randn(1, 313, 1, 2, generator=torch.Generator().manual_seed(0))
    ab = torch.tensor([[12.0, -48.0], [7.0, 21.0]]).T.view(1, 2, 1, 2)
    log_p = torch.log_softmax(logits, 1)
    bins = [int(((AB_BINS - ab[0, :, 0, k].numpy()) ** 2).sum(1).argmin()) for k in range(2)]
    expected = -(log_p[0, bins[0], 0, 0] + log_p[0, bins[1], 0, 1]) / 2
    assert one_hot()(logits, ab).item() == pytest.approx(expected.item(), rel=1e-5)


def test_rebalanced_one_hot_multiplies_each_pixel_by_the_weight_of_its_bin(logits_and_ab):
    logits, ab = logits_and_ab
    weights = np.random.default_rng(0).random(N_BINS).astype(np.float32)
    log_p = torch.log_softmax(logits, 1)
    total = 0.0
    for n, y, x in np.ndindex(2, 3, 4):
        nearest = int(((AB_BINS - ab[n, :, y, x].numpy()) ** 2).sum(1).argmin())
        total -= weights[nearest] * log_p[n, nearest, y, x].item()
    assert one_hot(weights)(logits, ab).item() == pytest.approx(total / 24, rel=1e-5)


def test_the_options_of_a_variant_choose_its_loss(pictures, logits_and_ab):
    logits, ab = logits_and_ab
    samples = Samples(pictures[:4])
    plain = find_variant("plain")  # rebalanced by default
    weights = rebalancing_weights(bin_frequencies(samples))
    of_two_steps = rebalancing_weights(bin_frequencies(samples, two_step=True))
    expected = [
        ({}, divergence(weights)),
        ({"rebalance": False}, divergence()),
        ({"loss": "one-hot"}, one_hot(weights)),
        ({"loss": "one-hot", "rebalance": False}, one_hot()),
        ({"encoding": "two-step"}, two_step_divergence(of_two_steps)),
        ({"encoding": "two-step", "rebalance": False}, two_step_divergence()),
    ]
    values = []
    for options, loss in expected:
        values.append(loss_for(plain.with_options(options), samples)(logits, ab).item())
        assert values[-1] == loss(logits, ab).item()
    assert len(set(values)) == len(values)


def test_frequencies_in_two_steps_are_smoother(pictures):
    samples = Samples(pictures[:4])
    one, two = bin_frequencies(samples), bin_frequencies(samples, two_step=True)
    assert one.sum() == pytest.approx(1) and two.sum() == pytest.approx(1)
    assert two.max() < one.max() and (two > 0).sum() > (one > 0).sum()


def test_bin_frequencies_find_the_colour():
    green = np.zeros((3, 256, 256, 3), np.uint8)
    green[..., 1] = 128
    frequencies = bin_frequencies(Samples(green))
    ab = rgb_to_lab(np.array([0, 128 / 255, 0]))[1:]
    assert frequencies.sum() == pytest.approx(1)
    assert np.linalg.norm(AB_BINS[frequencies.argmax()] - ab) < 8
