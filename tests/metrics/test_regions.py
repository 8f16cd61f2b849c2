"""Metrics of regions, outlines and borders, and the regions themselves."""

import av
import cv2
import numpy as np
import pytest
from scipy import ndimage
from skimage.color import deltaE_ciede2000, rgb2lab

from cartoonize.color.lab import lab_to_rgb, quantize
from cartoonize.metrics import FrameColors, Reference
from cartoonize.metrics.bleed import BorderError, EdgeBleed
from cartoonize.metrics.ciede2000 import Ciede2000
from cartoonize.metrics.region_accuracy import Inconsistency, RegionAccuracy
from cartoonize.metrics.regions import medians_in, regions_of
from tests.support.cartoons import PAIRS, cartoon, recolored, score_of

PAINTS = [(70, 20, 30), (50, -30, 20), (60, 5, -40), (80, -5, 60), (40, 40, -20), (30, 0, 0)]


def tiles(paints=PAINTS, size=24):
    """Return tiles of CIELAB paints in a row, as RGB."""
    lab = np.zeros((48, size * len(paints), 3), np.float32)
    for n, paint in enumerate(paints):
        lab[:, n * size : (n + 1) * size] = paint
    return quantize(lab_to_rgb(lab))


def found(rgb):
    return regions_of(Reference(FrameColors.of(rgb)))


def masks(regions, shape):
    labels = np.full(shape[0] * shape[1], -1)
    for n in range(len(regions.starts) - 1):
        labels[regions.pixels[regions.starts[n] : regions.starts[n + 1]]] = n
    return labels.reshape(shape[:2])


def test_regions_are_the_connected_areas_of_one_paint():
    rgb = tiles()
    rgb[10:15, 30:36] = (255, 255, 255)  # 30 pixels: the minimum
    rgb[30:35, 54:59] = (255, 255, 255)  # 25 pixels: too few
    labels = masks(found(rgb), rgb.shape)
    assert labels.max() + 1 == len(PAINTS) + 1
    assert (labels[30:35, 54:59] == -1).all() and (labels == -1).sum() == 25
    for label in range(labels.max() + 1):
        assert ndimage.label(labels == label)[1] == 1  # connected
        assert len(np.unique(rgb[labels == label], axis=0)) == 1


def test_two_areas_of_one_paint_are_two_regions():
    rgb = tiles([PAINTS[0], PAINTS[1], PAINTS[0]])
    assert len(found(rgb).starts) - 1 == 3


def through_h264(path, rgb, crf):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.height, stream.width = rgb.shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(crf)}
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode())
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)][-1]


@pytest.mark.parametrize("crf", [18, 26])
def test_regions_survive_the_noise_of_a_codec_that_splits_a_fixed_grid(tmp_path, crf):
    # Paints on the edges of a CIELAB grid of 10 units, the worst case for fixed cells.
    paints = [(70, 20, 30), (50, -30, 20), (60, 10, -40), (80, -10, 60), (40, 40, -20)]
    drawn = np.zeros((256, 256, 3), np.float32)
    drawn[:] = paints[0]
    for n, (y, x) in enumerate([(60, 60), (60, 190), (190, 60), (190, 190)]):
        cv2.circle(drawn, (x, y), 45, paints[n + 1], -1)
    clean = quantize(lab_to_rgb(drawn))
    grain = np.random.default_rng(0).normal(0, 2, clean.shape)
    noisy = through_h264(tmp_path / "a.mkv", np.clip(clean + grain, 0, 255).astype(np.uint8), crf)
    labels = masks(found(noisy), noisy.shape)
    large = [n for n in range(labels.max() + 1) if (labels == n).sum() > 1000]
    assert len(large) == 5
    for paint in paints:
        area = (drawn == np.float32(paint)).all(-1)
        main = np.bincount(labels[area] + 1).argmax() - 1
        assert main in large and (labels[area] == main).mean() > 0.92
    cells = np.floor(rgb2lab(noisy) / 10).astype(int)
    background = (drawn == np.float32(paints[0])).all(-1)
    _, counts = np.unique(cells[background], axis=0, return_counts=True)
    assert counts.max() / counts.sum() < 0.8


def test_medians_equal_numpy():
    rgb = cartoon(3, (64, 64))
    regions = found(rgb)
    other = FrameColors.of(recolored(rgb, lambda ab: ab + np.random.default_rng(1).normal(0, 9, ab.shape)))
    medians = medians_in(regions.pixels, regions.starts, other.lab)
    for n, median in enumerate(medians):
        pixels = regions.pixels[regions.starts[n] : regions.starts[n + 1]]
        np.testing.assert_allclose(median, np.median(other.lab.reshape(-1, 3)[pixels], axis=0), rtol=1e-6)


def test_region_accuracy_equals_its_definition():
    original, colorized = cartoon(5, (96, 96), 10), recolored(cartoon(5, (96, 96), 10), lambda ab: 0.4 * ab)
    labels = masks(found(original), original.shape)
    labs = [rgb2lab(f) for f in (original, colorized)]
    right = [
        deltaE_ciede2000(*(np.median(lab[labels == n], axis=0) for lab in labs)) <= 10
        for n in range(labels.max() + 1)
    ]
    assert 0 < np.mean(right) < 1 and len(right) > 5
    got = score_of(RegionAccuracy(), (original, colorized))["region_accuracy"]
    assert got == pytest.approx(np.mean(right), abs=1e-12)


def test_region_accuracy_detects_errors_of_small_objects():
    original = np.zeros((128, 128, 3), np.float32)
    original[:] = PAINTS[0]
    for x in range(8, 120, 16):
        original[20:28, x : x + 8] = PAINTS[1]
    small_wrong, all_off = original.copy(), original.copy()
    small_wrong[original[..., 1] == PAINTS[1][1]] = (50, 30, 20)
    all_off[..., 1:] += 6
    frames = [quantize(lab_to_rgb(lab)) for lab in (original, small_wrong, all_off)]
    small, off = ((frames[0], frame) for frame in frames[1:])
    assert score_of(Ciede2000(), small)["ciede2000"] < score_of(Ciede2000(), off)["ciede2000"]
    assert score_of(RegionAccuracy(), small)["region_accuracy"] == pytest.approx(1 / 8)
    assert score_of(RegionAccuracy(), off)["region_accuracy"] == 1


def test_region_accuracy_ignores_wrong_outlines_and_specks():
    original = tiles()
    specked = original.copy()
    specked[::3, ::3] = (255, 0, 255)
    assert score_of(RegionAccuracy(), (original, specked))["region_accuracy"] == 1


def blotched(original, amount):
    ramp = np.linspace(-amount, amount, original.shape[0])[:, None, None]
    return recolored(original, lambda ab: ab + ramp * np.array([1, -1]))


def test_inconsistency_equals_its_definition():
    original = cartoon(5, (96, 96), 10)
    colorized = blotched(original, 8)
    labels = masks(found(original), original.shape)
    total = n_pixels = 0.0
    for n in range(labels.max() + 1):
        spreads = []
        for rgb in (original, colorized):
            ab = rgb2lab(rgb)[labels == n][:, 1:]
            spreads.append(np.sqrt(((ab - ab.mean(0)) ** 2).sum(1).mean()))
        total += (labels == n).sum() * max(spreads[1] - spreads[0], 0)
        n_pixels += (labels == n).sum()
    got = score_of(Inconsistency(), (original, colorized))["inconsistency"]
    assert got == pytest.approx(total / n_pixels, abs=1e-9) and got > 1


def test_inconsistency_grows_with_blotches_and_not_with_another_even_colour():
    original = tiles()
    values = [
        score_of(Inconsistency(), (original, blotched(original, k)))["inconsistency"] for k in (0, 2, 6)
    ]
    assert values[0] < 0.05 and values == sorted(values) and values[-1] > 3
    swapped = tiles([PAINTS[n] for n in (1, 0, 3, 2, 4, 5)])
    assert score_of(Inconsistency(), (original, swapped))["inconsistency"] < 0.01
    grey = np.repeat(cv2.cvtColor(cartoon(2), cv2.COLOR_RGB2GRAY)[..., None], 3, -1)
    assert score_of(Inconsistency(), (cartoon(2), grey))["inconsistency"] < 0.01


def test_a_smooth_region_does_not_compensate_for_a_blotched_one():
    original = tiles([PAINTS[0], PAINTS[1]])
    textured = original.copy()
    textured[:, :24] = recolored(
        original[:, :24], lambda ab: ab + np.random.default_rng(0).normal(0, 3, ab.shape)
    )
    result = original.copy()
    result[:, 24:] = blotched(original[:, 24:], 5)
    assert score_of(Inconsistency(), (textured, result))["inconsistency"] > 1


def test_bleed_equals_its_definition():
    original, colorized = PAIRS[0]
    edges = np.argwhere(cv2.Canny(cv2.cvtColor(original, cv2.COLOR_RGB2GRAY), 50, 150))
    error = np.linalg.norm(rgb2lab(original)[..., 1:] - rgb2lab(colorized)[..., 1:], axis=-1)
    near = np.zeros(error.shape, bool)
    for y, x in np.ndindex(error.shape):
        near[y, x] = (((edges - (y, x)) ** 2).sum(1) <= 9).any()
    assert 0.1 < near.mean() < 0.9
    got = score_of(EdgeBleed(), PAIRS[0])["edge_bleed"]
    assert got == pytest.approx(error[near].mean() / error[~near].mean(), rel=1e-9)


def test_bleed_distinguishes_smeared_outlines_from_a_wrong_paint():
    original = cartoon(4, (96, 128))
    values = [
        score_of(
            EdgeBleed(), (original, recolored(original, lambda ab, s=s: cv2.GaussianBlur(ab, (0, 0), s)))
        )["edge_bleed"]
        for s in (0.5, 1, 2)
    ]
    assert values == sorted(values) and values[-1] > 3
    evenly_wrong = recolored(original, lambda ab: ab + (6, -5))
    assert score_of(EdgeBleed(), (original, evenly_wrong))["edge_bleed"] == pytest.approx(1, abs=0.25)


def test_bleed_is_undefined_without_edges():
    flat = np.full((32, 32, 3), 99, np.uint8)
    assert np.isnan(score_of(EdgeBleed(), (flat, flat))["edge_bleed"])


def test_border_error_distinguishes_the_border_from_the_rest():
    original = np.full((64, 64, 3), (90, 120, 160), np.uint8)
    inside = np.zeros((64, 64, 1), bool)
    inside[8:-8, 8:-8] = True
    wrong = recolored(original, lambda ab: ab + 12)
    border = np.where(inside, original, wrong)
    error = np.linalg.norm(rgb2lab(original)[0, 0, 1:] - rgb2lab(wrong)[0, 0, 1:])
    values = {
        name: score_of(BorderError(), (original, frame))["border_error"]
        for name, frame in {
            "none": original,
            "evenly": wrong,
            "border": border,
            "inside": np.where(inside, wrong, original),
        }.items()
    }
    assert values == pytest.approx({"none": 0, "evenly": 1, "border": error / 0.1, "inside": 0}, abs=1e-9)
    narrow = original[:16]
    assert np.isnan(score_of(BorderError(), (narrow, narrow))["border_error"])
