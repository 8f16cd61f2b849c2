"""Charpiat 2008: probabilities of colours from similar pixels, and graph cuts over all pixels."""

import itertools

import cv2
import numpy as np
import pytest
import torch

from cartoonize.methods.baselines.lookup import Lookup
from cartoonize.methods.classical.charpiat import charpiat as method
from cartoonize.methods.classical.charpiat import graph_cut
from cartoonize.methods.classical.charpiat.charpiat import Charpiat, describe
from cartoonize.methods.classical.charpiat.graph_cut import (
    RHO,
    alpha_expansion,
    choose_colors,
    color_distances,
    edge_weights,
    energy,
    unary_costs,
    upsample_labels,
)
from tests.support.references import reference_of

HEIGHT, WIDTH = 64, 80
BACKGROUND, PLAIN, STRIPED = (0, -50), (50, 30), (-40, 40)


def scene(plain=(30, 16), striped=(30, 60), grain=0.01, seed=0):
    """Return luminance (h, w) and ab (h, w, 2) of a plain and a striped disc with the same grey, on white.

    Their centres are rows and columns; None leaves one out.
    """
    rng = np.random.default_rng(seed)
    luminance, ab = np.full((HEIGHT, WIDTH), 0.9, np.float32), np.empty((HEIGHT, WIDTH, 2), np.float32)
    ab[:] = BACKGROUND
    y, x = np.indices(luminance.shape)
    for center, paint in ((plain, PLAIN), (striped, STRIPED)):
        if center:
            inside = np.hypot(y - center[0], x - center[1]) < 14
            luminance[inside], ab[inside] = 0.5, paint
            if paint == STRIPED:
                luminance[inside & (y % 6 < 1)] = 0.3
    luminance += rng.normal(0, grain, luminance.shape).astype(np.float32)
    return luminance.clip(0, 1), ab


def reference(*arguments, **more):
    luminance, ab = scene(*arguments, **more)
    return reference_of(luminance * 100, ab)


def tensors(luminance, ab):
    return torch.from_numpy(luminance)[None, None], torch.from_numpy(ab).permute(2, 0, 1)[None]


def error(module, frame):
    luminance, ab = tensors(*frame)
    return float((module(luminance) - ab).norm(dim=1).mean())


@pytest.fixture(scope="module")
def fitted():
    module = Charpiat()
    module.fit(
        [tensors(*scene((20 + k, 16), (40 - k, 60), seed=k)) for k in range(0, 16, 4)]
        + [tensors(*scene((20 + k, 60), (40 - k, 16), seed=k)) for k in range(0, 16, 4)]
    )
    return module


# --- descriptors


def test_every_second_pixel_is_described():
    picture = np.random.default_rng(0).random((31, 40)).astype(np.float32)
    surf, extra = describe(picture)
    assert surf.shape == (16, 20, 192) and extra.shape == (16, 20, 8)
    assert surf.dtype == extra.dtype == np.float32
    _, tone, _, contrast, place = method.WEIGHTS
    assert np.allclose(extra[..., 0], tone * picture[::2, ::2])
    assert extra[5, 7, 4] == pytest.approx(contrast * np.ptp(picture[9:12, 13:16]), rel=1e-5)
    assert extra[5, 7, -2:] == pytest.approx([place * 14.5 / 40, place * 10.5 / 31], rel=1e-5)


def test_surf_sums_differences_in_cells():
    picture = np.random.default_rng(1).random((48, 48)).astype(np.float32)
    surf = describe(picture)[0][12, 10].reshape(3, 4, 4, 4)  # at row 24, column 20
    dx = picture[1:-1, 2:] - picture[1:-1, :-2]
    dy = picture[2:, 1:-1] - picture[:-2, 1:-1]
    for row, column in itertools.product(range(4), repeat=2):
        top, left = (round(share * 5) for share in ((row - 1.5), (column - 1.5)))
        cell = np.s_[24 + top - 3 : 24 + top + 2, 20 + left - 3 : 20 + left + 2]
        expected = [dx[cell].mean(), dy[cell].mean(), np.abs(dx[cell]).mean(), np.abs(dy[cell]).mean()]
        assert surf[0, row, column] == pytest.approx(expected, abs=1e-5)


def test_surf_is_zero_on_flat_pictures_and_transposes_with_the_picture():
    assert np.abs(describe(np.full((40, 40), 0.3, np.float32))[0]).max() < 1e-6
    picture = np.zeros((61, 61), np.float32)
    picture[:, 25:] = 0.5
    upright, lying = describe(picture)[0], describe(np.ascontiguousarray(picture.T))[0]
    assert np.allclose(upright[..., 1::2], 0, atol=1e-6) and np.allclose(lying[..., 0::2], 0, atol=1e-6)
    assert upright[15, 12].max() > 0.05


# --- predictions


def test_colors_and_their_variation_are_predicted(fitted):
    luminance, ab = scene((26, 20), (36, 62), seed=99)
    probability, variation = fitted.predict(luminance)
    assert probability.shape == (32, 40, 3) and variation.shape == (32, 40)
    assert probability.min() > 0 and np.allclose(probability.sum(-1), 1, atol=1e-5)
    chosen = fitted.palette.numpy()[probability.argmax(-1)]
    assert (np.abs(chosen - ab[::2, ::2]).max(-1) < 1).mean() > 0.9
    inside = cv2.erode((ab[..., 0] == PLAIN[0]).astype(np.uint8), np.ones((13, 13)))[::2, ::2] > 0
    rim = cv2.morphologyEx(ab[..., 1], cv2.MORPH_GRADIENT, np.ones((2, 2)))[::2, ::2] > 0
    assert np.median(variation[inside]) == method.MIN_VARIATION
    assert np.median(variation[rim]) > 5 * method.MIN_VARIATION


def test_texture_distinguishes_colors_of_equal_luminance(fitted):
    for plain, striped in (((30, 40), None), (None, (30, 40)), ((30, 60), (28, 18))):
        frame = scene(plain, striped, seed=7)
        assert error(fitted, frame) < 6
        colored = fitted(tensors(*frame)[0])[0]
        for center, paint in ((plain, PLAIN), (striped, STRIPED)):
            if center:
                assert (colored[:, center[0], center[1]] - torch.tensor(paint)).abs().max() < 1
    floor = Lookup()
    floor.fit([tensors(*scene())])
    assert error(floor, scene()) > 9


def test_colors_come_from_the_palette(fitted):
    assert fitted.palette.shape == (3, 2)
    known = {BACKGROUND, PLAIN, STRIPED}
    noise = torch.rand(1, 1, 50, 70, generator=torch.Generator().manual_seed(0))
    for luminance in (noise, tensors(*scene())[0]):
        found = {tuple(color) for color in fitted(luminance).permute(0, 2, 3, 1).reshape(-1, 2).tolist()}
        assert found <= known


def test_each_color_of_the_palette_is_a_mean():
    rng = np.random.default_rng(0)
    colors = rng.normal(0, 30, (3000, 2)).astype(np.float32)
    palette, labels = method._discretize(colors, seed=0)
    assert palette.shape == (method.N_COLORS, 2) and set(labels) == set(range(method.N_COLORS))
    for number in range(method.N_COLORS):
        assert palette[number] == pytest.approx(colors[labels == number].mean(0), abs=1e-3)
    assert np.linalg.norm(palette[labels] - colors, axis=1).mean() < 8


def test_nearly_equal_colors_are_merged():
    colors = np.repeat(np.float32([[0, -50], [50, 30], [50, 32]]), 100, 0)
    colors += np.random.default_rng(0).uniform(-0.4, 0.4, colors.shape).astype(np.float32)
    palette, labels = method._discretize(colors, seed=0)
    assert np.array_equal(labels, np.repeat(range(3), 100))
    assert palette[1] == pytest.approx(colors[100:200].mean(0), abs=1e-4)


# --- the cut


def two_noisy_halves(noise, seed=0):
    """Return noisy probabilities (20, 30, 2) of a left and a right colour, and the true labels."""
    truth = np.zeros((20, 30), int)
    truth[:, 15:] = 1
    right = np.where(truth, 0.7, 0.3) + np.random.default_rng(seed).normal(0, noise, truth.shape)
    right = right.clip(0.05, 0.95)
    return np.stack([1 - right, right], -1), truth


def test_the_cut_removes_noise_and_keeps_the_edge_where_variation_is_high():
    probability, truth = two_noisy_halves(0.2)
    distances = color_distances(np.float32([PLAIN, STRIPED]))
    variation = np.full(truth.shape, 2.0)
    variation[:, 14:16] = 40
    assert (probability.argmax(-1) != truth).mean() > 0.1
    labels = alpha_expansion(unary_costs(probability), distances, edge_weights(variation, RHO))
    assert np.array_equal(labels, truth)
    for rho, expected in ((0, probability.argmax(-1)), (1e2, np.full_like(truth, labels[0, 0]))):
        free = alpha_expansion(
            unary_costs(probability), distances, edge_weights(np.full(truth.shape, 2.0), rho)
        )
        assert np.array_equal(free, expected) or (rho and len(np.unique(free)) == 1)


def test_colors_that_are_improbable_everywhere_are_not_candidates(monkeypatch):
    probability, truth = two_noisy_halves(0)
    nowhere = np.full((*truth.shape, 2), graph_cut.MIN_PROBABILITY / 2)
    probability = np.concatenate([nowhere[..., :1], probability, nowhere[..., 1:]], -1)
    assert graph_cut._candidates(probability).tolist() == [1, 2]
    palette = np.float32([[0, 0], PLAIN, STRIPED, [9, 9]])
    variation = np.full(truth.shape, 20.0)
    assert np.array_equal(choose_colors(probability, variation, palette), truth + 1)
    monkeypatch.setattr(graph_cut, "N_CANDIDATES", 1)
    assert (choose_colors(probability[:, :20], variation[:, :20], palette) == 1).all()


def test_the_edge_lies_where_variation_is_high():
    """The middle is undecided, so the edge lies where it costs least."""
    probability = np.full((10, 20, 2), 0.5)
    probability[:, :4], probability[:, -4:] = (0.9, 0.1), (0.1, 0.9)
    for edge in (7, 10, 13):
        variation = np.full((10, 20), 2.0)
        variation[:, edge - 1 : edge + 1] = 20
        weights = edge_weights(variation, 0.5)
        labels = alpha_expansion(
            unary_costs(probability), color_distances(np.float32([[0, 0], [30, 0]])), weights
        )
        assert (labels[:, :edge] == 0).all() and (labels[:, edge:] == 1).all()


@pytest.mark.parametrize("seed", range(5))
def test_energy_never_increases(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    probability = rng.dirichlet(np.full(6, 0.5), (12, 15)).clip(1e-4)
    unary = unary_costs(probability)
    distances = color_distances(rng.normal(0, 40, (6, 2)))
    weights = edge_weights(rng.uniform(2, 60, (12, 15)), 0.5)
    energies = [energy(unary.argmin(-1), unary, distances, weights)]
    expansion = graph_cut._best_expansion

    def recorded(labels, color, *rest):
        takes = expansion(labels, color, *rest)
        after = np.where(takes, color, labels).reshape(12, 15)
        energies.append(energy(after, unary, distances, weights))
        return takes

    monkeypatch.setattr(graph_cut, "_best_expansion", recorded)
    labels = alpha_expansion(unary, distances, weights, 3)
    assert len(energies) > 6 and np.all(np.diff(energies) <= 0) and energies[-1] < energies[0]
    assert energy(labels, unary, distances, weights) == energies[-1]


def test_two_colors_reach_the_minimum_energy():
    """With two colours, one expansion of each finds the global minimum."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        unary, weights = rng.integers(0, 900, (3, 3, 2)), rng.integers(0, 30, 12)
        distances = color_distances(rng.normal(0, 20, (2, 2)))
        choices = (np.reshape(c, (3, 3)) for c in itertools.product((0, 1), repeat=9))
        least = min(energy(c, unary, distances, weights) for c in choices)
        assert energy(alpha_expansion(unary, distances, weights), unary, distances, weights) == least


def test_distances_are_a_metric():
    apart = color_distances(np.random.default_rng(0).normal(0, 30, (20, 2)))
    assert (apart[:, None] <= apart[:, :, None] + apart[None]).all()
    assert np.array_equal(apart, apart.T) and np.all(np.diag(apart) == 0)
    assert color_distances(np.float32([[0, 0], [3, 4]]))[0, 1] == 5


# --- full resolution


def test_upsampled_labels_stop_at_outlines():
    """Straight and slanted edges between the pixels of the coarse grid are recovered exactly."""
    y, x = np.indices((40, 40))
    for left in (x < 17, x < 18, x + y < 37, 2 * x + y < 50):
        luminance = np.where(left, 0.4, 0.6).astype(np.float32)
        luminance += np.random.default_rng(0).normal(0, 0.01, luminance.shape).astype(np.float32)
        chosen = left[::2, ::2].astype(int)
        assert np.array_equal(upsample_labels(chosen, luminance), left.astype(int))


# --- the method


def test_a_reference_replaces_training():
    module = Charpiat([reference((20, 16), (40, 60)), reference((20, 60), (40, 16), seed=1)])
    assert error(module, scene((30, 20), (34, 58), seed=5)) < 6
    one = Charpiat([reference()])
    assert error(one, scene(seed=5)) < 4


@pytest.mark.parametrize("size", [(40, 56), (7, 5), (1, 1), (33, 128)])
def test_a_grey_reference_and_no_training_yield_grey(size):
    grey = reference_of(scene()[0] * 100, np.zeros((HEIGHT, WIDTH, 2), np.float32))
    untrained = Charpiat()
    untrained.fit([])
    for module in (Charpiat([grey]), Charpiat(), untrained):
        for luminance in (torch.rand(2, 1, *size), torch.ones(2, 1, *size)):
            colored = module(luminance)
            assert torch.equal(colored, torch.zeros(2, 2, *size)) and colored.dtype == torch.float32


@pytest.mark.parametrize("side", [1, 2, 3, 10])
def test_minimal_training_sets(side, fitted):
    luminance, ab = torch.full((1, 1, side, side), 0.4), torch.full((1, 2, side, side), 7.0)
    module = Charpiat()
    module.fit([(luminance, ab)] * 2)
    for size in ((1, 1), (5, 8), (60, 40)):
        assert torch.equal(module(torch.rand(1, 1, *size)), torch.full((1, 2, *size), 7.0))
        assert fitted(torch.rand(1, 1, *size)).isfinite().all()


def test_every_frame_contributes_as_many_pixels(monkeypatch):
    monkeypatch.setattr(method, "N_STORED", 100)
    module = Charpiat()
    frames = [tensors(*scene(seed=k)) for k in range(7)]
    luminance, ab = (torch.cat(kind) for kind in zip(*frames, strict=True))
    module.fit([(luminance[:3], ab[:3]), (luminance[3:], ab[3:])])
    assert len(module.described) == len(module.labels) == len(module.variation) == 98
    places = (module.described[:, -2:].float() / method.WEIGHTS[-1]).reshape(7, 14, 2)
    assert places.min() >= 0 and places.max() <= 1 and (places.std(1) > 0.1).all()


def test_batches_and_threads_do_not_change_the_colours(fitted):
    luminance = torch.cat([tensors(*scene((30, 20 + k), None, seed=k))[0] for k in range(3)])
    together = fitted(luminance)
    assert together.shape == (3, 2, HEIGHT, WIDTH) and together.dtype == torch.float32
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1 if n_threads > 1 else 2)
    try:
        one_by_one = [fitted(one[None])[0] for one in luminance]
    finally:
        torch.set_num_threads(n_threads)
    assert all(torch.equal(one, whole) for one, whole in zip(one_by_one, together, strict=True))


def test_only_the_seed_changes_the_fit():
    results = []
    for seed in (0, 0, 1):
        torch.manual_seed(len(results))
        np.random.seed(len(results))
        results.append(Charpiat([reference()], seed).state_dict())
    first, second, other = results
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["described"], other["described"])


def test_a_checkpoint_reproduces_the_colours(fitted):
    again = Charpiat()
    luminance = tensors(*scene((30, 40), None, seed=3))[0]
    again.load_state_dict(fitted.state_dict())
    assert torch.equal(again(luminance), fitted(luminance))
    again.load_state_dict(Charpiat([reference()]).state_dict())  # replaces the first completely
    assert torch.equal(again(luminance), Charpiat([reference()])(luminance))
    sizes = {name: tuple(tensor.shape[1:]) for name, tensor in fitted.state_dict().items()}
    assert sizes["described"] == (method.N_COMPONENTS + method.N_EXTRA,)
