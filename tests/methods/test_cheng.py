"""Cheng 2015: descriptors, clusters of pictures, a network for each cluster, a joint bilateral filter."""

import math
import warnings

import numpy as np
import pytest
import torch

from cartoonize.methods.baselines.lookup import Lookup
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.classical.cheng import cheng as method
from cartoonize.methods.classical.cheng.bilateral import joint_bilateral
from cartoonize.methods.classical.cheng.cheng import Cheng, cluster_pictures
from cartoonize.methods.classical.cheng.descriptors import (
    LEVELS,
    N_GLOBAL,
    N_LOCAL,
    global_descriptor,
    local_descriptors,
)
from cartoonize.methods.classical.cheng.pixel_networks import WIDTHS
from cartoonize.methods.member import load_member
from cartoonize.methods.registry import VARIANTS

HEIGHT, WIDTH = 48, 64
SKY, GROUND, HUT = (0, -50), (-40, 40), (50, 30)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Reduce the updates, since small pictures of few paints need few."""
    monkeypatch.setattr(method, "N_UPDATES", 400)
    monkeypatch.setattr(method, "N_UPDATES_AFTER", 100)
    monkeypatch.setattr(method, "MIN_PICTURES", 4)


def scene(left, light=0.5, sign=1):
    """Return (1, 1, h, w), (1, 2, h, w) of sky, ground and a striped hut with equal levels of luminance."""
    luminance = np.full((HEIGHT, WIDTH), light, np.float32)
    ab = np.empty((HEIGHT, WIDTH, 2), np.float32)
    ab[: HEIGHT // 2], ab[HEIGHT // 2 :] = SKY, GROUND
    hut = np.s_[12:36, left : left + 20]
    luminance[hut] += np.where(np.arange(20) % 4 < 2, 0.1, -0.1)
    ab[hut] = HUT
    luminance[::6, ::5] += 0.1  # so that these levels occur outside the hut, too
    luminance[3::6, ::5] -= 0.1
    return torch.from_numpy(luminance)[None, None], torch.from_numpy(ab * sign).permute(2, 0, 1)[None]


@pytest.fixture
def scenes():
    return [scene(left) for left in range(0, 42, 3)]


@pytest.fixture
def day_and_night():
    kinds = ((0.7, 1), (0.3, -1))
    return [[scene(left, light, sign) for left in (5, 15, 25, 35)] for light, sign in kinds]


def error(module, frames):
    return float(np.mean([(module(luminance) - ab).norm(dim=1).mean() for luminance, ab in frames]))


def grey(*shape, light=0.4):
    return torch.full(shape, light)


# --- descriptors


def test_a_local_descriptor_holds_patch_and_position():
    picture = np.random.default_rng(0).random((30, 40)).astype(np.float32)
    described = local_descriptors(picture)
    assert described.shape == (30, 40, N_LOCAL) and described.dtype == np.float32
    assert N_LOCAL == 49 + 32 + 2 and WIDTHS == (83, 41, 41, 41, 2)
    assert np.array_equal(described[10, 20, :49], picture[7:14, 17:24].ravel())
    mirrored = picture[[2, 1, 0, 0, 1, 2, 3]][:, [2, 1, 0, 0, 1, 2, 3]]
    assert np.array_equal(described[0, 0, :49], mirrored.ravel())
    assert described[0, 39, -2:] == pytest.approx([39.5 / 40, 0.5 / 30])
    assert described[29, 0, -2:] == pytest.approx([0.5 / 40, 29.5 / 30])


def test_daisy_is_zero_on_flat_pictures_and_depends_on_direction():
    flat = local_descriptors(np.full((40, 40), 0.3, np.float32))
    assert np.abs(flat[..., 49:81]).max() == 0 and (flat[..., :49] == np.float32(0.3)).all()
    step = np.zeros((60, 60), np.float32)
    step[:, 30:] = 0.5
    upright, lying = (local_descriptors(p)[30, 30, 49:57] for p in (step, np.ascontiguousarray(step.T)))
    assert upright.max() > 0.01 and abs(int(upright.argmax()) - int(lying.argmax())) in (2, 6)  # 90 degrees
    assert local_descriptors(step * 2)[30, 30, 49:57] == pytest.approx(upright * 2, rel=1e-3)
    assert np.abs(local_descriptors(step)[30, 2, 49:57]).max() < 0.01 * upright.max()


def test_a_global_descriptor_holds_levels_and_cells():
    picture = np.full((64, 48), 0.25 + 1e-3, np.float32)
    picture[32:] = 0.75 + 1e-3
    described = global_descriptor(picture)
    assert described.shape == (N_GLOBAL,) and described.dtype == np.float32 and N_GLOBAL == 96
    assert np.flatnonzero(described[:LEVELS]).tolist() == [8, 24]
    assert described[[8, 24]] == pytest.approx(0.5**0.5)
    cells = described[LEVELS:].reshape(8, 8) * 4
    assert np.allclose(cells[:4], 0.251) and np.allclose(cells[4:], 0.751)


# --- filter


def test_the_filter_equals_its_formula():
    rng = np.random.default_rng(1)
    ab, guide = rng.normal(0, 20, (2, 9, 11)), rng.random((9, 11)) * 0.2
    radius, step, space, tone = 5, 2, 3.0, 0.1
    expected = np.zeros_like(ab)
    for y in range(9):
        for x in range(11):
            total = 0.0
            for v in range(9):
                for u in range(11):
                    dy, dx = v - y, u - x
                    if max(abs(dy), abs(dx)) > radius or dy % step or dx % step:
                        continue
                    distance = (dy * dy + dx * dx) / space**2 + ((guide[v, u] - guide[y, x]) / tone) ** 2
                    total += (weight := math.exp(-distance / 2))
                    expected[:, y, x] += weight * ab[:, v, u]
            expected[:, y, x] /= total
    result = joint_bilateral(
        torch.from_numpy(ab)[None], torch.from_numpy(guide)[None, None],
        radius=radius, step=step, space=space, tone=tone,
    )  # fmt: skip
    assert np.allclose(result[0].numpy(), expected)


def test_the_filter_removes_noise_and_preserves_edges_of_the_guide():
    guide = torch.full((1, 1, 40, 40), 0.3)
    guide[..., 20:] = 0.7
    clean = torch.where(guide > 0.5, 30.0, -30.0).repeat(1, 2, 1, 1)
    noisy = clean + 10 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    result = joint_bilateral(noisy, guide, **method.FILTER)
    assert (result - clean).std() < 0.25 * (noisy - clean).std()
    assert (result - clean)[..., 18:22].abs().max() < 10  # the other side differs by 60
    blind = joint_bilateral(noisy, torch.zeros_like(guide), **method.FILTER)
    assert (blind - clean)[..., 18:22].abs().mean() > 15


# --- clusters


def test_day_and_night_are_two_clusters():
    rng = np.random.default_rng(0)
    lights = [0.8, 0.2, 0.8, 0.8, 0.2, 0.2, 0.8, 0.2]
    descriptors = np.stack(
        [global_descriptor((light + rng.normal(0, 0.02, (32, 32))).astype(np.float32)) for light in lights]
    )
    parts = cluster_pictures(descriptors)
    assert sorted(sorted(part.tolist()) for part in parts) == [[0, 2, 3, 6], [1, 4, 5, 7]]


def test_small_parts_join_the_nearest():
    descriptors = np.zeros((24, N_GLOBAL), np.float32)
    descriptors[:, 0] = [0.0] * 11 + [10.0] * 11 + [8.0] * 2
    descriptors[:, 1] = np.linspace(0, 0.1, 24)
    parts = [set(part.tolist()) for part in cluster_pictures(descriptors)]
    assert sum(map(len, parts)) == 24 and set.union(*parts) == set(range(24))
    assert min(map(len, parts)) >= method.MIN_PICTURES
    (joined,) = (part for part in parts if 23 in part)
    assert 22 in joined and min(joined) >= 11


def test_each_cluster_has_a_network(day_and_night):
    day, night = day_and_night
    module = Cheng()
    module.fit([*day, *night])
    assert len(module.centers) == 2 and module.weights[0].shape == (3, 83, 41)
    found = [{module.find(luminance[0, 0].numpy()) for luminance, _ in frames} for frames in (day, night)]
    of_day, of_night = (numbers - {0} for numbers in found)  # a picture may be beyond the reach
    assert {len(of_day), len(of_night)} == {1} and of_day != of_night
    assert module.find(np.random.default_rng(0).random((HEIGHT, WIDTH)).astype(np.float32)) == 0
    assert error(module, [*day, *night]) < 20


def test_a_cluster_with_a_small_error_is_not_split(monkeypatch, scenes):
    monkeypatch.setattr(method, "MAX_ERROR", 100)
    module = Cheng()
    module.fit(scenes)
    assert len(module.centers) == 0 and module.weights[0].shape == (1, 83, 41)


# --- the method


def test_it_colours_better_than_luminance_alone(scenes):
    module, floor = VARIANTS["cheng"].build(), Lookup()
    module.fit(scenes[::2])
    floor.fit(scenes[::2])
    assert error(module, scenes[1::2]) < 0.5 * error(floor, scenes[1::2])
    luminance, _ = scene(22)
    colored = module(luminance)[0]
    rough = module._color(luminance[0, 0].numpy()).detach()
    assert torch.equal(colored, joint_bilateral(rough[None], luminance, **method.FILTER)[0])
    for y, x, paint in ((4, 5, SKY), (44, 5, GROUND), (24, 32, HUT)):
        assert (colored[:, y, x] - torch.tensor(paint)).norm() < 20


def test_a_checkpoint_reproduces_the_colours(day_and_night, tmp_path):
    scenes = day_and_night[0] + day_and_night[1]
    module, again = Cheng(), Cheng()
    module.fit(scenes)
    assert len(module.centers) == 2
    again.load_state_dict(module.state_dict())
    luminance = torch.cat([frames[0] for frames in scenes[::2]])
    result = module(luminance)
    assert torch.equal(again(luminance), result)
    path = tmp_path / "cheng.safetensors"
    write_checkpoint(path, module.state_dict(), {"variant": "cheng", "luminance": "grey"})
    lightness = luminance[:, 0] * 100
    loaded = load_member(path, dtype=torch.bfloat16)  # bfloat16 applies to networks only
    assert torch.equal(loaded.predict(lightness), module(lightness[:, None] / 100))


def test_only_the_seed_changes_the_fit(scenes):
    results = []
    for seed in (0, 0, 1):
        torch.manual_seed(len(results))
        module = Cheng(seed)
        module.fit(scenes[:5])
        results.append(module(scenes[2][0]))
    assert torch.equal(results[0], results[1]) and not torch.equal(results[0], results[2])


def test_a_batch_equals_its_pictures_one_by_one(scenes):
    module = Cheng()
    module.fit(scenes[:5])
    luminance = torch.cat([frames[0] for frames in scenes[:3]])
    together = module(luminance)
    assert together.shape == (3, 2, HEIGHT, WIDTH) and together.dtype == torch.float32
    assert not together.requires_grad
    assert all(
        torch.equal(module(one[None])[0], whole) for one, whole in zip(luminance, together, strict=True)
    )


def test_without_training_pictures_are_grey():
    module = Cheng()
    module.fit([])
    assert torch.equal(module(torch.rand(1, 1, 20, 30)), torch.zeros(1, 2, 20, 30))


@pytest.mark.parametrize(
    "frames",
    [
        [scene(10)],
        [scene(10)] * 12,
        [(grey(1, 1, 40, 40), grey(1, 2, 40, 40, light=7.0))] * 10,
        [(grey(3, 1, 96, 128), grey(3, 2, 96, 128, light=-9.0))],
    ],
    ids=["one frame", "all the same", "flat", "a batch of another size"],
)
def test_minimal_training_sets(frames, monkeypatch):
    monkeypatch.setattr(method, "N_UPDATES", 200)
    module = Cheng()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module.fit(frames)
    assert len(module.centers) == 0
    assert error(module, frames[:1]) < 0.5 * error(lambda luminance: 0, frames[:1])
    for size in ((96, 128), (33, 256), (7, 5), (1, 1)):
        for luminance in (torch.rand(1, 1, *size), torch.zeros(1, 1, *size), torch.ones(1, 1, *size)):
            colored = module(luminance)
            assert colored.shape == (1, 2, *size) and colored.isfinite().all()
            assert colored.abs().max() <= method.MAX_AB + 1e-3
