"""Training samples: batches against their definition, true colours, and the cache of frames."""

import cv2
import numpy as np
import pytest
import torch

from cartoonize.color.bins import rebalancing_weights, soft_encode
from cartoonize.color.lab import lightness, lightness_of_grey, rgb_to_lab
from cartoonize.errors import WorkspaceError
from cartoonize.learning.augmentation import Augmentation
from cartoonize.learning.encodings import two_step_histogram
from cartoonize.learning.frame_cache import build_cache
from cartoonize.learning.initial_weights import set_initial_weights
from cartoonize.learning.losses import bin_frequencies
from cartoonize.learning.samples import Samples, rarity_of_pictures, true_ab
from cartoonize.methods.baselines.lookup import Lookup
from cartoonize.methods.networks.series import PaletteNetwork
from cartoonize.methods.registry import find_variant
from tests.support.reporters import Recorder


def test_a_batch_depends_on_seed_and_number_alone(pictures):
    samples = Samples(pictures, seed=3)
    inputs, ab = samples.batch(7, 4)
    assert inputs.shape == (4, 1, 224, 224) and ab.shape == (4, 2, 56, 56)
    again, _ = Samples(pictures, seed=3).batch(7, 4)
    other, _ = Samples(pictures, seed=4).batch(7, 4)
    assert torch.equal(inputs, again) and not torch.equal(inputs, other)
    assert inputs.min() >= 0 and inputs.max() <= 1


def test_an_epoch_has_every_frame_once(pictures):
    samples = Samples(pictures, seed=1)
    for epoch in range(2):
        assert sorted(samples._rows_of(epoch, len(pictures))) == list(range(len(pictures)))
    assert sorted(samples._rows_of(0, 2 * len(pictures))) == sorted(2 * list(range(len(pictures))))


def test_weighted_frames_are_shown_as_often_as_their_weights_say():
    pictures = np.zeros((4, 256, 256, 3), np.uint8)
    samples = Samples(pictures, seed=1, weights=np.array([0.7, 0.2, 0.1, 0.0]))
    shown = np.bincount(samples._rows_of(0, 2000), minlength=4) / 2000
    assert np.abs(shown - samples.weights).max() < 0.03 and shown[3] == 0
    assert samples._rows_of(3, 8) == samples._rows_of(3, 8)


def test_frames_with_rare_colours_weigh_more():
    pictures = np.full((8, 256, 256, 3), (120, 120, 120), np.uint8)
    pictures[5, :128] = (200, 30, 40)
    samples = Samples(pictures)
    weights = rarity_of_pictures(samples, rebalancing_weights(bin_frequencies(samples)))
    assert weights.sum() == pytest.approx(1) and weights.argmax() == 5
    assert weights[5] > 3 * weights[0] and np.ptp(np.delete(weights, 5)) == 0


def test_smaller_inputs_are_the_same_crops(pictures):
    still = Augmentation(weights=0, gamma=0, contrast=0, grain=0)
    inputs, ab = Samples(pictures, augmentation=still, seed=3, side=112, cell=1).batch(7, 4)
    large, _ = Samples(pictures, augmentation=still, seed=3).batch(7, 4)
    assert inputs.shape == (4, 1, 112, 112) and ab.shape == (4, 2, 112, 112)
    assert (torch.nn.functional.avg_pool2d(large, 2) - inputs).abs().mean() < 0.01
    rows, true = Samples(pictures, side=112, cell=1).rows([0, 2])
    assert rows.shape == (2, 1, 112, 112) and true.shape == (2, 2, 112, 112)


def test_without_augmentation_grey_is_rec_601(pictures):
    none = Augmentation(weights=0, gamma=0, contrast=0, grain=0)
    inputs, _ = Samples(pictures, augmentation=none).batch(0, 4)
    grey = torch.from_numpy(pictures.astype(np.float32) / 255 @ np.array([0.299, 0.587, 0.114], np.float32))
    known = lightness_of_grey(grey).unique() / 100
    assert (inputs.reshape(-1, 1) - known).abs().min(1).values.max() < 2e-4


def literal_batch(samples, number, size):
    """Compute a training batch frame by frame, in double precision, from the formulas."""
    change, seed = samples.augmentation, samples.seed * 1_000_003 + number
    generator = torch.Generator().manual_seed(seed)
    tops, lefts = torch.randint(33, (2, size), generator=generator).tolist()
    mirrored = (torch.rand(size, generator=generator) < 0.5).tolist()
    draws = [torch.randn(shape, generator=generator) for shape in ((size, 3), (3, size, 1, 1))]
    amounts = torch.rand(size, generator=generator)
    noise = torch.randn(size, 224, 224, generator=generator).double().numpy()
    inputs, colors = [], []
    for k in range(size):
        epoch, offset = divmod(number * size + k, len(samples))
        row = np.random.default_rng((samples.seed, epoch)).permutation(len(samples))[offset]
        rgb = samples.pictures[row][tops[k] : tops[k] + 224, lefts[k] : lefts[k] + 224] / 255
        rgb = np.flip(rgb, 1) if mirrored[k] else rgb
        small = rgb.reshape(56, 4, 56, 4, 3).mean((1, 3))
        colors.append(rgb_to_lab(small)[..., 1:].transpose(2, 0, 1))
        if samples.luminance == "cielab":
            inputs.append(rgb_to_lab(rgb)[..., 0] / 100)
            continue
        weights = np.array([0.299, 0.587, 0.114]) * np.exp(change.weights * draws[0][k].double().numpy())
        gamma, gain, offset = draws[1][:, k, 0, 0].double().numpy()
        grey = np.maximum(rgb @ (weights / weights.sum()), 1e-4) ** np.exp(change.gamma * gamma)
        grey = (grey - 0.5) * (1 + change.contrast * gain) + 0.5 + change.contrast / 2 * offset
        grey = np.clip(grey + change.grain * float(amounts[k]) * noise[k], 0, 1)
        inputs.append(lightness_of_grey(grey) / 100)
    return np.stack(inputs)[:, None], np.stack(colors)


@pytest.mark.parametrize("luminance, tolerance", [("grey", 2e-4), ("cielab", 1e-5)])
def test_a_batch_equals_its_definition(luminance, tolerance):
    pictures = np.random.default_rng(2).integers(0, 256, (5, 256, 256, 3)).astype(np.uint8)
    samples = Samples(pictures, luminance, seed=5)
    inputs, ab = samples.batch(3, 4)
    expected, expected_ab = literal_batch(samples, 3, 4)
    assert np.abs(inputs.numpy() - expected).max() < tolerance
    assert np.abs(ab.numpy() - expected_ab).max() < 1e-3


def test_less_print_variation_changes_grey_less(pictures):
    plain = Samples(pictures, augmentation=Augmentation(0, 0, 0, 0)).batch(0, 8)[0]
    changes = [
        float((Samples(pictures, augmentation=Augmentation.of_prints(v)).batch(0, 8)[0] - plain).abs().mean())
        for v in (0, 0.3, 1)
    ]
    assert changes[0] == 0 and changes[0] < changes[1] < 0.6 * changes[2]
    assert Augmentation.of_prints() == Augmentation()


def test_cielab_input_is_the_lightness_of_the_coloured_picture(pictures):
    inputs, ab = Samples(pictures, "cielab", seed=0).batch(0, 2)
    colored = rgb_to_lab(torch.from_numpy(pictures).float() / 255)
    known = set(np.round((colored[..., 0] / 100).unique().numpy(), 3))
    assert set(np.round(inputs.unique().numpy(), 3)) <= known
    grey, _ = Samples(pictures, "grey", seed=0).batch(0, 2)
    assert not torch.allclose(inputs, grey, atol=0.05)


def test_true_ab_averages_four_by_four(pictures):
    rgb = torch.from_numpy(pictures[:1]).float() / 255
    expected = rgb_to_lab(rgb)[:, 2::4, 2::4, 1:].permute(0, 3, 1, 2)  # blocks are flat
    assert torch.allclose(true_ab(rgb), expected, atol=1e-3)
    assert torch.allclose(true_ab(torch.from_numpy(pictures[:1])), expected, atol=1e-3)


def test_lookup_learns_the_mean_colour_of_each_level(pictures):
    samples = Samples(pictures, "cielab")
    model = Lookup()
    model.fit(samples.whole_frames())
    colors = rgb_to_lab(torch.from_numpy(pictures).float() / 255).reshape(-1, 3)
    level = lightness(torch.from_numpy(pictures).float() / 255).reshape(-1).round()
    some = level.unique()[3]
    expected = colors[level == some][:, 1:].mean(0)
    predicted = model(torch.full((1, 1, 1, 1), float(some) / 100)).flatten()
    assert torch.allclose(predicted, expected, atol=0.05)


def test_the_cache_holds_the_pictures(tmp_path, pictures):
    paths = []
    for number, picture in enumerate(pictures[:3]):
        paths.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(paths[-1]), picture[..., ::-1])
    cached = build_cache(tmp_path / "cache" / "frames.npy", paths)
    assert np.array_equal(cached, pictures[:3])
    (tmp_path / "2.png").unlink()
    assert np.array_equal(build_cache(tmp_path / "cache" / "frames.npy", paths), pictures[:3])
    with pytest.raises(WorkspaceError, match=r"2\.png"):
        build_cache(tmp_path / "cache" / "others.npy", paths)
    assert not (tmp_path / "cache" / "others.npy").exists()


def test_reading_frames_shows_progress(tmp_path, pictures):
    paths, seen = [tmp_path / f"{number}.png" for number in range(3)], []
    for path, picture in zip(paths, pictures, strict=False):
        cv2.imwrite(str(path), picture[..., ::-1])
    cache = tmp_path / "frames.npy"
    build_cache(cache, paths, label="reading x", reporter=Recorder(lambda *done: seen.append(done)))
    assert seen == [("reading x", n, 3) for n in range(4)]
    build_cache(cache, paths, reporter=Recorder(lambda *done: seen.append(done)))
    assert len(seen) == 4  # nothing is read again


def test_statistics_are_kept_beside_the_frames(tmp_path, pictures):
    """A damaged file is written again."""
    samples, n_computed = Samples(pictures, statistics=tmp_path / "frames-1"), 0

    def compute():
        nonlocal n_computed
        n_computed += 1
        return np.arange(3.0) / 3

    file = tmp_path / "frames-1-thirds.npy"
    for damage, expected in ((None, 1), (None, 1), (b"", 2), (b"\x93NUMPY", 3)):
        if damage is not None:
            file.write_bytes(damage)
        assert np.array_equal(samples.statistic("thirds", compute), np.arange(3.0) / 3)
        assert n_computed == expected
    assert Samples(pictures).statistic("thirds", compute) is not None and n_computed == 4


@pytest.mark.parametrize("two_step", [False, True])
def test_counting_many_pictures_at_once_changes_no_bit(pictures, two_step):
    """The weights of classes are those of pictures that are counted one by one."""
    count = torch.zeros(313, dtype=torch.float64)
    for picture in pictures:
        ab = true_ab(torch.from_numpy(picture[None]))[0, :, ::2, ::2].permute(1, 2, 0)
        if two_step:
            count += two_step_histogram(ab).double().sum((0, 1))
        else:
            bins, weights = soft_encode(ab)
            count.index_add_(0, bins.reshape(-1), weights.reshape(-1).double())
    assert np.array_equal(
        bin_frequencies(Samples(pictures), two_step=two_step), (count / count.sum()).numpy()
    )


def test_the_palette_is_learned_once(tmp_path, pictures, monkeypatch):
    samples, variant = Samples(pictures, statistics=tmp_path / "frames-1"), find_variant("series")
    first, second = variant.build(0.125), variant.build(0.125)
    set_initial_weights(first, variant, samples, None)
    monkeypatch.delattr(PaletteNetwork, "learn_palette")
    set_initial_weights(second, variant, samples, None)
    for name in ("palette", "encoding"):
        assert torch.equal(second.state_dict()[name], first.state_dict()[name]), name
