"""Fills, compared with scikit-learn's k-means and on drawn regions with known colours."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from cartoonize.color.lab import lab_to_rgb, quantize, rgb_to_lab
from cartoonize.errors import UnknownNameError
from cartoonize.filters.refine import FILL_COLORS
from cartoonize.refine.fill import FILLS, fill_image, fill_regions


def slow_fill(ab, regions, n_clusters=2):
    """Fill region by region with scikit-learn's k-means from the documented initial centroids."""
    filled = np.empty(ab.shape)
    for region in np.unique(regions):
        points = ab[regions == region].astype(float)
        mean = points.mean(0)
        if len(np.unique(points, axis=0)) < n_clusters:
            filled[regions == region] = points[0] if len(np.unique(points, axis=0)) == 1 else np.nan
            continue
        (caa, cab), (_, cbb) = (points - mean).T @ (points - mean)
        angle = np.arctan2(2 * cab, caa - cbb) / 2
        axis = np.array([np.cos(angle), np.sin(angle)])
        along = (points - mean) @ axis
        start = mean + np.linspace(along.min(), along.max(), n_clusters)[:, None] * axis
        model = KMeans(n_clusters, init=start, n_init=1, tol=0, max_iter=300, algorithm="lloyd").fit(points)
        filled[regions == region] = model.cluster_centers_[np.bincount(model.labels_).argmax()]
    return filled


def blotches(seed, shape=(40, 50), n_regions=12):
    """Return random regions of two colours each, with enough noise that no cluster becomes empty."""
    rng = np.random.default_rng(seed)
    regions = rng.integers(0, n_regions, shape)
    colors = rng.uniform(-60, 60, (n_regions, 2, 2))
    which = (rng.random(shape) < 0.35).astype(int)
    return (colors[regions, which] + rng.normal(0, 20, (*shape, 2))).astype(np.float32), regions


@pytest.mark.parametrize("n_clusters", [2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_fill_equals_scikit_learn(seed, n_clusters):
    ab, regions = blotches(seed)
    filled = fill_regions(ab, regions, n_clusters=n_clusters, n_iterations=300)
    np.testing.assert_allclose(filled, slow_fill(ab, regions, n_clusters), atol=1e-3)


def test_the_larger_cluster_fills_and_does_not_fade():
    ab = np.zeros((10, 10, 2), np.float32)
    ab[:, :6], ab[:, 6:] = (50, -20), (-30, 40)
    filled = fill_regions(ab, np.zeros((10, 10), int))
    np.testing.assert_allclose(filled, np.broadcast_to([50, -20], ab.shape))
    mean = fill_regions(ab, np.zeros((10, 10), int), n_clusters=1)
    np.testing.assert_allclose(mean, np.broadcast_to([18, 4], ab.shape), atol=1e-5)


def test_tiny_regions_and_ties():
    ab = np.array([[[5, 6], [10, 0], [-10, 0], [3, 9], [3, -9]]], np.float32)
    regions = np.array([[0, 2, 2, 3, 3]])  # one pixel; two that differ in a; two in b; number 1 is unused
    expected = [[[5, 6], [-10, 0], [-10, 0], [3, -9], [3, -9]]]
    np.testing.assert_allclose(fill_regions(ab, regions), expected, atol=1e-5)


def test_regions_do_not_influence_each_other():
    ab, regions = blotches(9)
    changed = ab.copy()
    changed[regions == 4] += 30
    same = fill_regions(ab, regions)[regions != 4] == fill_regions(changed, regions)[regions != 4]
    assert same.all()


def test_filling_twice_changes_nothing():
    ab, regions = blotches(2)
    once = fill_regions(ab, regions)
    np.testing.assert_allclose(fill_regions(once, regions), once, atol=1e-4)
    assert once.dtype == np.float32 and once.shape == ab.shape


@pytest.mark.parametrize("method", ["grow", "felzenszwalb"])
def test_a_filled_image_keeps_its_lightness_and_loses_its_stains(method):
    grain = np.random.default_rng(0).integers(-3, 4, (60, 80, 1))
    rgb = np.full((60, 80, 3), (120, 160, 90)) + grain
    rgb[:, 40:] = (70, 70, 140) + grain[:, 40:]
    lab = rgb_to_lab(rgb.astype(np.uint8))
    stained = lab.copy()
    stained[np.random.default_rng(1).random((60, 80)) < 0.15, 1:] = (20, -15)
    result = rgb_to_lab(fill_image(quantize(lab_to_rgb(stained)), method=method))
    assert np.abs(result[..., 0] - lab[..., 0]).max() < 1
    assert np.abs(result[:, :36, 1:] - lab[:, :36, 1:].mean((0, 1))).max() < 2
    assert np.abs(result[:, 44:, 1:] - lab[:, 44:, 1:].mean((0, 1))).max() < 2


def test_unknown_method_names_the_known_ones():
    with pytest.raises(UnknownNameError, match="grow, felzenszwalb"):
        fill_image(np.zeros((4, 4, 3), np.uint8), method="flood")  # type: ignore[arg-type]


def test_the_mean_and_the_mode():
    """With 7 pixels of one colour, 3 near it and 4 of another, k-means mixes colours, the mode does not."""
    ab = np.array([[10.0, 10.0]] * 7 + [[60.0, 10.0]] * 4 + [[16.0, 10.0]] * 3).reshape(2, 7, 2)
    regions = np.zeros((2, 7), int)
    means = {fill: fill_regions(ab, regions, fill=fill)[0, 0].tolist() for fill in ("mean", "mode", "kmeans")}
    assert means["mean"] == pytest.approx([ab[..., 0].mean(), 10.0])
    assert means["mode"] == pytest.approx([10.0, 10.0])
    assert means["kmeans"] == pytest.approx([(7 * 10 + 3 * 16) / 10, 10.0])


def test_the_elbow_finds_the_number_of_clusters():
    """With three equidistant colours, two clusters would mix two of them in the largest cluster."""
    rng = np.random.default_rng(0)
    centers = np.array([[0.0, 0.0], [40.0, 0.0], [20.0, 35.0]])
    ab = np.repeat(centers, [40, 30, 35], axis=0) + rng.normal(0, 0.5, (105, 2))
    regions = np.zeros((1, 105), int)
    assert fill_regions(ab[None], regions, fill="elbow")[0, 0] == pytest.approx([0, 0], abs=0.5)
    assert np.linalg.norm(fill_regions(ab[None], regions, fill="kmeans")[0, 0]) > 10
    flat = np.full((3, 3, 2), 7.0)
    assert (fill_regions(flat, np.zeros((3, 3), int), fill="elbow") == 7).all()


def test_every_fill_is_per_region():
    rng = np.random.default_rng(1)
    ab, regions = rng.uniform(-50, 50, (12, 12, 2)), rng.integers(0, 5, (12, 12))
    for fill in FILLS:
        filled = fill_regions(ab, regions, fill=fill)
        for region in range(5):
            alone = fill_regions(
                ab[None, regions == region], np.zeros((1, (regions == region).sum()), int), fill=fill
            )
            assert np.allclose(filled[regions == region], alone[0, 0], atol=1e-5)
    assert FILLS == FILL_COLORS
    with pytest.raises(UnknownNameError, match="kmeans"):
        fill_regions(ab, regions, fill="median")
