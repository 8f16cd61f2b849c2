"""Deshpande 2015: a forest as tensors, the objective and its minimum, LEARCH, histograms."""

import numpy as np
import pytest
import torch

from cartoonize.errors import UnknownNameError
from cartoonize.methods.classical.deshpande import deshpande as method
from cartoonize.methods.classical.deshpande import regression_forest as forest_module
from cartoonize.methods.classical.deshpande.deshpande import Deshpande
from cartoonize.methods.classical.deshpande.filter_bank import N_FEATURES, pixel_features
from cartoonize.methods.classical.deshpande.histograms import with_histogram
from cartoonize.methods.classical.deshpande.quadratic import filter_matrix, minimum
from cartoonize.methods.classical.deshpande.regression_forest import Forest
from tests.support.references import reference_of

HEIGHT, WIDTH = 64, 80
WALL, PLAIN, STRIPED = (10, -25), (45, 25), (-40, 30)


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Reduce pixels and trees, since small pictures need few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(method, "N_PIXELS", 8000)
        patch.setattr(method, "MAX_FRAME_PIXELS", 2000)
        patch.setattr(forest_module, "N_TREES", 6)
        yield


def box(left, top, paint=PLAIN, light=60, grain=0.0):
    """Draw an outlined box of 28x28 on a wall: lightness (h, w) and ab.

    A striped box has the same mean lightness, and both of its levels also occur on the wall.
    """
    rng = np.random.default_rng(left)
    lightness = np.full((HEIGHT, WIDTH), 40, np.float32)
    lightness[:6], lightness[-6:] = 50, 70
    ab = np.empty((HEIGHT, WIDTH, 2), np.float32)
    ab[:] = WALL
    inside = np.s_[top : top + 28, left : left + 28]
    lightness[inside] = light
    if paint is STRIPED:
        lightness[inside] += np.where(np.arange(28) % 4 < 2, 10, -10)
    ab[inside] = paint
    lightness[top - 2 : top + 30, left - 2 : left] = lightness[top - 2 : top + 30, left + 28 : left + 30] = 5
    lightness[top - 2 : top, left - 2 : left + 30] = lightness[top + 28 : top + 30, left - 2 : left + 30] = 5
    return lightness + rng.normal(0, grain, lightness.shape).astype(np.float32), ab


def batch(*pictures):
    """Return L x 0.01, (n, 1, h, w), and ab, (n, 2, h, w)."""
    lightness, ab = zip(*pictures, strict=True)
    return (
        torch.from_numpy(np.stack(lightness))[:, None] / 100,
        torch.from_numpy(np.stack(ab)).permute(0, 3, 1, 2),
    )


def colored(module, lightness):
    """Colour one picture (h, w), 0..100; return ab (h, w, 2)."""
    return module(torch.from_numpy(lightness)[None, None] / 100)[0].permute(1, 2, 0).numpy()


PLACES = [(8, 12), (20, 20), (34, 14), (44, 24)]
PICTURES = [box(*place, paint, grain=1.0) for place in PLACES for paint in (PLAIN, STRIPED)]


@pytest.fixture(scope="module")
def fitted():
    module = Deshpande()
    module.fit([batch(*PICTURES[:3]), batch(*PICTURES[3:])])
    return module


# --- forest


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (3000, 6)).astype(np.float32)
    features[:, 5] = features[:, 5].round(1)  # so that some features equal thresholds
    targets = np.stack([features[:, 0] > features[:, 1], features[:, 5]], 1) + rng.normal(0, 0.1, (3000, 2))
    return features, targets.astype(np.float32)


def test_trees_as_tensors_predict_like_scikit_learn(rows):
    from sklearn.ensemble import ExtraTreesRegressor

    features, targets = rows
    model = ExtraTreesRegressor(7, min_samples_leaf=3, random_state=0).fit(features, targets)
    forest = Forest(2, 6)
    forest.set_trees([tree.tree_ for tree in model.estimators_])
    means, _ = forest.predict(features)
    assert np.allclose(means, model.predict(features), atol=1e-5)
    assert {buffer.dtype for buffer in forest.buffers()} == {torch.int32, torch.float32}


def test_rounded_thresholds_branch_like_the_exact_ones():
    from sklearn.tree import DecisionTreeRegressor

    # The threshold lies halfway between the second and the third of these neighbours; float32 rounds it up.
    features = (1 + np.arange(4)[:, None] * 2.0**-23).astype(np.float32)
    model = DecisionTreeRegressor().fit(features[[0, 3]], [[0.0], [1.0]])
    assert np.float32(model.tree_.threshold[0]) == features[2]
    forest = Forest(1, 1)
    forest.set_trees([model.tree_])
    assert forest.predict(features)[0].ravel().tolist() == model.predict(features).tolist() == [0, 0, 1, 1]


def test_the_variance_is_the_spread_of_the_rows_around_the_mean():
    rng = np.random.default_rng(1)
    features = rng.integers(0, 2, (4000, 1)).astype(np.float32)
    targets = (rng.normal(0, 1, (4000, 2)) * np.where(features > 0, 5, 0.5) + 10 * features).astype(
        np.float32
    )
    forest = Forest(2, 1)
    forest.fit(features, targets, min_rows=50, seed=0)
    means, variances = forest.predict(np.float32([[0], [1]]))
    assert means == pytest.approx(np.float64([[0, 0], [10, 10]]), abs=0.5)
    assert variances == pytest.approx([2 * 0.25, 2 * 25], rel=0.1)


def test_a_new_forest_takes_the_size_of_a_checkpoint(rows):
    forest, again = Forest(2, 6), Forest(2, 6)
    assert (forest.predict(rows[0])[0] == 0).all() and (forest.predict(rows[0])[1] == 0).all()
    forest.fit(*rows, min_rows=5, seed=0)
    again.load_state_dict(forest.state_dict())
    for one, other in zip(forest.predict(rows[0]), again.predict(rows[0]), strict=True):
        assert np.array_equal(one, other) and np.isfinite(one).all()


@pytest.mark.parametrize(
    "name, value",
    [("branches", 0), ("branches", 10**6), ("feature", 6), ("feature", -2), ("roots", -5), ("roots", 10**6)],
)
def test_a_checkpoint_with_invalid_nodes_is_refused(name, value, rows):
    """The evaluation does not check indices, and a node that leads back would never end."""
    forest = Forest(2, 6)
    forest.fit(*(some[:200] for some in rows), min_rows=5, seed=0)
    state = {key: tensor.clone() for key, tensor in forest.state_dict().items()}
    state[name].view(-1)[0] = value
    with pytest.raises(ValueError):
        Forest(2, 6).load_state_dict(state)


# --- features and filters


def test_features_respond_to_steps_texture_and_position():
    step = np.zeros((40, 40), np.float32)
    step[:, 20:] = 0.5
    upright, lying = pixel_features(step)[20, 20], pixel_features(np.ascontiguousarray(step.T))[20, 20]
    assert upright.shape == (N_FEATURES,) and upright.dtype == np.float32
    for first in range(1, N_FEATURES - 2, 5):
        assert upright[first + 1] > 0.05 and upright[first + 2] == 0
        assert lying[first + 2] == pytest.approx(upright[first + 1], rel=1e-5) and lying[first + 1] == 0
        assert upright[first + 4] > 0.02
    flat = pixel_features(np.full((30, 50), 0.3, np.float32))
    assert np.allclose(flat[..., [0, 1, 6, 11, 16, 21]], 0.3)
    assert np.abs(flat[..., [2, 3, 4, 5, 7, 8, 9, 10, 22, 23, 24, 25]]).max() < 1e-6
    assert flat[29, 0, -2:] == pytest.approx([0.5 / 50, 29.5 / 30])


def test_filters_are_identity_and_differences():
    field = np.random.default_rng(0).random((5, 7, 2))
    flat = field.reshape(-1, 2)
    assert np.array_equal(filter_matrix((5, 7), 0) @ flat, flat)
    assert np.allclose(filter_matrix((5, 7), 1) @ flat, np.diff(field, axis=1).reshape(-1, 2))
    assert np.allclose(filter_matrix((5, 7), 2) @ flat, np.diff(field, axis=0).reshape(-1, 2))


# --- objective


def energy(terms, field):
    return sum((t.weights[:, None] * (t.filter @ field - t.targets) ** 2).sum() for t in terms)


def test_the_solution_is_the_minimum(fitted):
    terms = fitted.objective(box(26, 18, grain=1.0)[0] / 100)
    field = minimum(terms)
    gradient = sum(2 * t.filter.T @ (t.weights[:, None] * (t.filter @ field - t.targets)) for t in terms)
    start = sum(2 * t.filter.T @ (t.weights[:, None] * t.targets) for t in terms)
    assert np.abs(gradient).max() < 1e-9 * np.abs(start).max()
    rng, least = np.random.default_rng(0), energy(terms, field)
    for scale in (1e-2, 1, 100):
        assert energy(terms, field + rng.normal(0, scale, field.shape)) > least
        assert energy(terms, field + scale * np.eye(1, len(field), 1000).T) > least
        assert energy(terms, field + scale) > least


def test_paints_are_even_and_colours_jump_at_outlines(fitted):
    lightness, ab = box(26, 18, grain=1.0)
    colors, *steps = fitted.objective(lightness / 100)
    result = colored(fitted, lightness)
    raw = colors.targets.reshape(HEIGHT, WIDTH, 2)
    inside = np.s_[20:44, 28:52]
    assert raw[inside].std((0, 1)).max() > 1.5
    assert result[inside].std((0, 1)).max() < 0.2 * raw[inside].std((0, 1)).max()
    assert np.abs(result[inside].mean((0, 1)) - PLAIN).max() < 6
    assert np.abs(result[10:54, 5:18].mean((0, 1)) - WALL).max() < 6
    across = steps[0].weights.reshape(HEIGHT, WIDTH - 1)
    assert across[25:40, 32:48].min() > 20 * across[25:40, 24:27].min()  # inside the paint and at its outline


def test_context_distinguishes_colours_of_equal_luminance(fitted):
    for paint in (PLAIN, STRIPED):
        lightness, _ = box(26, 18, paint, grain=1.0)
        assert lightness[18:46, 26:54].mean() == pytest.approx(60, abs=0.5)
        middle = colored(fitted, lightness)[24:40, 32:48].mean((0, 1))
        other = STRIPED if paint is PLAIN else PLAIN
        assert np.linalg.norm(middle - paint) < 12 < 0.3 * np.linalg.norm(middle - other)


def test_a_round_of_learch_moves_the_minimum_towards_the_truth(monkeypatch):
    frames = [batch(*PICTURES[2:6])]
    monkeypatch.setattr(method, "MIN_LEAF_PIXELS", (200, 200, 200))  # weak forests, as in boosting
    errors = []
    for n_rounds in (0, 1):
        monkeypatch.setattr(method, "N_ROUNDS", n_rounds)
        module = Deshpande()
        module.fit(frames)
        errors.append(float((module(frames[0][0]) - frames[0][1]).norm(dim=1).mean()))
    assert errors[1] < 0.9 * errors[0]


# --- histogram


def test_the_mapped_values_have_the_given_quantiles_and_keep_their_order():
    rng = np.random.default_rng(0)
    ab = rng.normal(0, 10, (50, 60, 2)).astype(np.float32)
    ab[:10] = 3  # a flat paint
    target = np.stack([rng.gamma(2, 20, 5000), rng.normal(-5, 30, 5000)]).astype(np.float32)
    shares = np.linspace(0, 1, 65)
    mapped = with_histogram(ab, np.quantile(target, shares, axis=1).T.astype(np.float32))
    assert mapped.dtype == np.float32
    for channel in range(2):
        before, after = ab[..., channel].ravel(), mapped[..., channel].ravel()
        assert (np.diff(after[np.argsort(before, kind="stable")]) >= 0).all()
        assert len(np.unique(after[:600])) == 1
        for share in (0.1, 0.25, 0.9):
            assert np.quantile(after, share) == pytest.approx(np.quantile(target[channel], share), abs=1)


def test_colours_get_the_histogram_of_the_most_similar_reference():
    day, night = box(26, 18, PLAIN, grain=1.0), box(26, 18, STRIPED, grain=1.0)
    night = night[0] * np.float32(0.5), night[1] * np.float32(0.5)
    references = [reference_of(*day), reference_of(*night)]
    plain, matched = Deshpande(references), Deshpande(references, histogram="reference")
    for lightness, ab in (day, night):
        result = colored(matched, lightness)
        for channel in range(2):
            wanted = np.quantile(ab[..., channel], [0, 1])
            assert result[..., channel].min() >= wanted[0] and result[..., channel].max() <= wanted[1]
            order = np.argsort(colored(plain, lightness)[..., channel].ravel(), kind="stable")
            assert (np.diff(result[..., channel].ravel()[order]) >= 0).all()
    with pytest.raises(UnknownNameError, match="histogram 'all'"):
        Deshpande(histogram="all")


# --- the method


def test_only_the_seed_changes_the_fit():
    lightness, _ = box(26, 18)
    results, n_threads = [], torch.get_num_threads()
    try:
        for seed in (0, 0, 1):
            torch.manual_seed(len(results))
            np.random.seed(len(results))
            torch.set_num_threads(1 + len(results) % 2)
            results.append(colored(Deshpande([reference_of(*PICTURES[2])], seed=seed), lightness))
    finally:
        torch.set_num_threads(n_threads)
    assert np.array_equal(results[0], results[1]) and not np.array_equal(results[0], results[2])


def test_a_batch_equals_its_pictures_one_by_one(fitted):
    luminance, _ = batch(*PICTURES[:3])
    together = fitted(luminance)
    assert together.shape == (3, 2, HEIGHT, WIDTH) and together.dtype == torch.float32
    assert all(torch.equal(fitted(one[None])[0], all_) for one, all_ in zip(luminance, together, strict=True))


@pytest.mark.parametrize("histogram", ["none", "reference"])
def test_a_checkpoint_reproduces_the_colours(fitted, histogram):
    again, first = Deshpande(histogram=histogram), Deshpande(histogram=histogram)
    first.load_state_dict(fitted.state_dict())
    again.load_state_dict(first.state_dict())
    luminance, _ = batch(*PICTURES[:2])
    assert torch.equal(again(luminance), first(luminance))
    assert torch.equal(again(luminance), fitted(luminance)) == (histogram == "none")


def test_references_replace_training():
    reference = box(20, 20, PLAIN, grain=1.0)
    module = Deshpande([reference_of(*reference)])
    lightness, ab = box(40, 14, PLAIN, grain=1.0)
    assert np.linalg.norm(colored(module, lightness) - ab, axis=-1).mean() < 6


def test_training_without_colour_yields_grey():
    luminance = torch.rand(2, 1, 20, 30)
    grey = torch.zeros(2, 2, 20, 30)
    assert torch.equal(Deshpande()(luminance), grey)
    nothing = Deshpande()
    nothing.fit([])
    assert torch.equal(nothing(luminance), grey)
    lightness, ab = box(20, 20)
    for histogram in ("none", "reference"):
        assert torch.equal(Deshpande([reference_of(lightness, ab * 0)], histogram)(luminance), grey)


@pytest.mark.parametrize("size", [(33, 128), (7, 5), (1, 9), (1, 1)])
def test_pictures_of_other_sizes(fitted, size):
    tiny = Deshpande()
    tiny.fit([(torch.full((1, 1, *size), 0.4), torch.full((1, 2, *size), 20.0))])
    for luminance in (torch.rand(1, 1, *size), torch.zeros(1, 1, *size), torch.ones(1, 1, *size)):
        for module in (fitted, tiny):
            result = module(luminance)
            assert result.shape == (1, 2, *size) and result.isfinite().all()
            assert result.abs().max() <= method.MAX_AB
        assert torch.allclose(result, torch.tensor(20.0), atol=0.5)
