"""Votes of similar regions, and the features by which they are found."""

import sys
from importlib.machinery import ModuleSpec

import numpy as np
import pytest
import torch
from torch import nn

from cartoonize.color.bins import decode
from cartoonize.color.lab import rgb_to_lab
from cartoonize.errors import CheckpointError
from cartoonize.learning.samples import Samples
from cartoonize.methods.retrieval import photo_weights, region_knn
from cartoonize.methods.retrieval.descriptors import N_FEATURES, by_scale, describe
from cartoonize.methods.retrieval.efficientnet import CHANNELS, EfficientNetLite0, with_batch_norm
from cartoonize.methods.retrieval.region_knn import RegionKnn
from cartoonize.methods.variant import PHOTO_WEIGHTS
from cartoonize.metrics.ciede2000 import ciede2000
from cartoonize.tracking.parts import parts_of
from tests.support.cartoons import pan_over_towns, town

needs_weights = pytest.mark.skipif(
    photo_weights.weights_file() is None, reason="needs the extra cartoonize[photos]"
)


@pytest.fixture(scope="module")
def network():
    network = EfficientNetLite0().eval()
    photo_weights.fill(network)
    return network


def test_a_convolution_contains_its_batch_normalisation():
    torch.manual_seed(0)
    convolution, norm = nn.Conv2d(3, 5, 3, bias=False), nn.BatchNorm2d(5, eps=1e-3).eval()
    for tensor in (norm.weight, norm.bias, norm.running_mean):
        nn.init.normal_(tensor)
    nn.init.uniform_(norm.running_var, 0.5, 2)
    weight, bias = with_batch_norm(convolution.weight, norm.state_dict())
    x = torch.rand(2, 3, 9, 9)
    torch.testing.assert_close(nn.functional.conv2d(x, weight, bias), norm(convolution(x)))


@needs_weights
def test_features_are_those_of_the_published_network(network):
    """Values of the package efficientnet-lite-pytorch 0.1.0 with the same weights: first three channels."""
    side = torch.linspace(-1, 1, 64)
    red, green = side[:, None].expand(64, 64), side[None].expand(64, 64)
    with torch.no_grad():
        features = network(torch.stack([red, green, red * green])[None])
    assert [f.shape[1:] for f in features] == [(n, s, s) for n, s in zip(CHANNELS, (8, 4, 2), strict=True)]
    first = [[1.5646, 2.4908, 11.3679], [-1.0105, 15.1369, 2.3030], [0.5881, -4.7471, 0.7069]]
    last = [[-13.1526, -15.6721, -14.5449], [-0.0874, 4.8224, -6.3729], [0.6845, -4.3871, 1.4662]]
    for found, top_left, bottom_right in zip(features, first, last, strict=True):
        torch.testing.assert_close(found[0, :3, 0, 0], torch.tensor(top_left), atol=2e-3, rtol=0)
        torch.testing.assert_close(found[0, :3, -1, -1], torch.tensor(bottom_right), atol=2e-3, rtol=0)


def test_features_of_a_region_are_the_mean_of_its_interpolated_cells():
    torch.manual_seed(0)
    network = EfficientNetLite0().eval()
    grey, _ = town(1)
    parts = parts_of(grey.astype(np.float32) / 2.55)
    with torch.no_grad():
        (described,) = describe(network, [parts])
        picture = torch.from_numpy(parts.lightness / 50 - 1).expand(1, 3, -1, -1)
        fine = torch.cat(
            [nn.functional.interpolate(f, (256, 256), mode="bilinear") for f in network(picture)], 1
        )[0]
    assert described.shape == (len(parts.areas), N_FEATURES)
    for region in np.argsort(-parts.areas)[:5].tolist():
        inside = torch.from_numpy((parts.regions == region) & ~parts.lines)
        torch.testing.assert_close(described[region], fine[:, inside].mean(1), atol=1e-4, rtol=1e-3)


@needs_weights
def test_it_knows_things_that_have_moved(tmp_path):
    """On drawings of a pan that it has not seen, most pixels are right; with one grey for all, few are."""
    frames = list(pan_over_towns([1, 2], n_frames=8, step=6))
    seen, unseen = Samples(np.stack(frames[::2])), np.stack(frames[1::2])
    model = RegionKnn()
    model.fit(seen.whole_frames(8))
    others = Samples(unseen)
    right, grey = [], []
    for rgb, (luminance, _) in zip(unseen, others.whole_frames(8), strict=True):
        ab = decode(torch.softmax(model(luminance), 1), "mode")
        assert ab.shape == (1, 2, 56, 56)
        ab = nn.functional.interpolate(ab, (256, 256), mode="nearest")[0].permute(1, 2, 0).numpy()
        lab = rgb_to_lab(rgb)
        right.append((ciede2000(lab, np.concatenate([lab[..., :1], ab], -1)) <= 10).mean())
        grey.append((ciede2000(lab, lab * np.float32([1, 0, 0])) <= 10).mean())
    assert np.mean(right) > 0.8 and np.mean(grey) < 0.3


@needs_weights
def test_a_fit_keeps_some_regions_by_its_seed(monkeypatch):
    samples = Samples(np.stack(list(pan_over_towns([1, 2, 3], n_frames=1))))
    whole = RegionKnn()
    whole.fit(samples.whole_frames(3))
    monkeypatch.setattr(region_knn, "_MAX_REGIONS", 20)
    some = [RegionKnn(seed) for seed in (0, 0, 1)]
    for model in some:
        model.fit(samples.whole_frames(3))
        assert len(model.ab) == len(model.features) == len(model.lightness) == 20 < len(whole.ab)
    assert torch.equal(some[0].ab, some[1].ab) and not torch.equal(some[0].ab, some[2].ab)
    stored = {tuple(color) for color in whole.ab.tolist()}
    assert {tuple(color) for color in some[2].ab.tolist()} <= stored


@needs_weights
def test_products_of_descriptors_are_nearly_those_of_all_features(network):
    """All features of three scales, each of length 1, have products of at most 3."""
    model, drawing = RegionKnn(), next(iter(pan_over_towns([1, 2], n_frames=1)))
    model.fit(Samples(np.stack(list(pan_over_towns([1, 2], n_frames=4, step=20)))).whole_frames(8))
    parts = parts_of(rgb_to_lab(drawing)[..., 0].astype(np.float32))
    with torch.no_grad():
        features = (describe(network, [parts])[0] - model.projection.mean) / model.projection.deviation
        whole = torch.cat([nn.functional.normalize(s, dim=1) for s in by_scale(features)], 1)
        (descriptors,) = model.descriptors([parts])
    assert descriptors.shape[1] < N_FEATURES
    products = descriptors @ descriptors.T
    assert products.max() < 3 + 1e-4
    torch.testing.assert_close(products, whole @ whole.T, atol=0.25, rtol=0)


@needs_weights
def test_products_of_descriptors_tell_things_apart():
    """Of a region of one drawing, the most similar one of the next drawing of the pan is the same thing."""
    first, second = (frame for frame in pan_over_towns([1], n_frames=2, step=6))
    model = RegionKnn()
    model.fit(Samples(np.stack([first])).whole_frames(1))
    parts = [parts_of(rgb_to_lab(rgb)[..., 0].astype(np.float32)) for rgb in (first, second)]
    with torch.no_grad():
        before, after = model.descriptors(parts)
        lightness = torch.from_numpy(parts[1].lightness)[None]
        votes, cells = model.described(lightness)
    assert votes.shape == (1, 313, 56, 56) and cells.shape == (1, len(before.T), 56, 56)
    torch.testing.assert_close(votes.log(), model(lightness[None] / 100), atol=1e-4, rtol=1e-4)
    large = np.argsort(-parts[1].areas)[:6]
    best = (after[large] @ before.T).argmax(1).numpy()
    moved = [parts[0].centers[b] - parts[1].centers[k] for b, k in zip(best, large, strict=True)]
    assert np.mean([np.abs(one).max() < 20 for one in moved]) > 0.6
    inner = cells[0, :, 28, 28] / cells[0, :, 28, 28].norm()
    region = parts[1].regions[128 + 2, 128 + 2]
    assert inner @ after[region] / after[region].norm() > 0.9


@needs_weights
def test_the_length_of_a_descriptor_is_its_familiarity():
    """A picture that was learned is familiar. The same picture as a negative is not."""
    town = next(iter(pan_over_towns([1], n_frames=1)))
    model = RegionKnn()
    model.fit(Samples(np.stack([town])).whole_frames(1))
    learned = torch.from_numpy(rgb_to_lab(town)[..., 0].astype(np.float32))
    cells = model.described(torch.stack([learned, 100 - learned]))[1]
    known, unknown = (one.norm(dim=0).median() for one in cells)
    assert known > 0.95 and 0.45 < unknown < 0.6


def test_before_a_fit_all_colours_are_as_likely():
    model, pictures = RegionKnn(), torch.rand(2, 1, 256, 256)
    votes = torch.softmax(model(pictures), 1)
    assert votes.shape == (2, 313, 56, 56)
    torch.testing.assert_close(votes, torch.full_like(votes, 1 / 313))
    assert model.described(pictures[:, 0] * 100)[1].norm(dim=1).max() < 0.51


def test_without_the_package_an_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(photo_weights, "find_spec", lambda name: None)
    with pytest.raises(CheckpointError) as error:
        photo_weights.fill(EfficientNetLite0())
    assert "not installed" in str(error.value) and "cartoonize[photos]" in error.value.hint


@pytest.mark.parametrize("content", [None, b"", b"other weights"])
def test_other_weights_are_not_read(content, tmp_path, monkeypatch):
    file = tmp_path / photo_weights._FILE
    if content is not None:
        file.parent.mkdir()
        file.write_bytes(content)
    spec = ModuleSpec("weights", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(photo_weights, "find_spec", lambda name: spec)
    monkeypatch.setattr(photo_weights, "read_state_dict", lambda path: pytest.fail("the file was read"))
    with pytest.raises(CheckpointError, match=r"cannot be read|not the known weights"):
        photo_weights.fill(EfficientNetLite0())
    assert PHOTO_WEIGHTS not in sys.modules  # no code of the package runs
