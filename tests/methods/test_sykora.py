"""Sykora 2005: regions coloured like similar ones of coloured frames, with probabilistic relaxation."""

import warnings

import numpy as np
import pytest
import torch

from cartoonize.frames import Place
from cartoonize.methods.classical.sykora import region_colors, sykora
from cartoonize.methods.classical.sykora.place_colors import PLACES, place_colors
from cartoonize.methods.classical.sykora.region_colors import compatibilities, merge_colors, relax
from cartoonize.methods.classical.sykora.region_features import N_REGIONS, describe, medians
from cartoonize.methods.classical.sykora.sykora import Sykora, paint
from tests.support.references import reference_of

SIZE = 128
SKY, SHIRT, BALL = (-10, -40), (60, 40), (-50, 50)
INK = 0.03


def put(picture, ab, part, light, color, line=3):
    """Paint a rectangle with an outline."""
    rows, columns = part
    picture[rows, columns], ab[rows, columns] = INK, 0
    inside = (slice(rows.start + line, rows.stop - line), slice(columns.start + line, columns.stop - line))
    picture[inside], ab[inside] = light, color


def blank(light=0.8, color=SKY, size=SIZE):
    ab = np.empty((size, size, 2), np.float32)
    ab[:] = color
    return np.full((size, size), light, np.float32), ab


def scene(dx=0, dy=0):
    """Draw a shirt and a ball in front of the sky: L x 0.01 (h, w), ab (h, w, 2)."""
    picture, ab = blank()
    put(picture, ab, np.s_[30 + dy : 90 + dy, 15 + dx : 55 + dx], 0.4, SHIRT)
    distance = np.hypot(*(np.indices((SIZE, SIZE)) - np.array([60 + dy, 90 + dx])[:, None, None]))
    picture[distance < 22], ab[distance < 22] = INK, 0
    picture[distance < 19], ab[distance < 19] = 0.6, BALL
    return picture, ab


def tensors(picture, ab):
    return torch.from_numpy(picture)[None, None], torch.from_numpy(ab).permute(2, 0, 1)[None]


def reference(picture, ab):
    return reference_of(picture * 100, ab)


def colored(module, picture, **more):
    return module(torch.from_numpy(picture)[None, None], **more)[0].permute(1, 2, 0).numpy()


@pytest.fixture(scope="module")
def fitted():
    module = Sykora()
    module.fit([tensors(*scene()), tensors(*scene(4, -6))])
    return module


# --- regions


def test_regions_are_described():
    picture, _ = scene()
    regions = describe(picture)
    assert regions.labels.min() == 0 and len(regions.features) == 3
    sky, shirt, ball = (regions.labels[y, x] for y, x in ((5, 5), (60, 35), (60, 90)))
    assert sky == 0  # the largest region
    assert regions.features[[sky, shirt, ball], 0] == pytest.approx([0.8, 0.4, 0.6])
    assert regions.features[shirt, 4:6] * SIZE == pytest.approx([34.5, 59.5], abs=0.6)
    assert regions.features[shirt, 2] == pytest.approx(0.8, abs=0.02)  # the sky's lightness
    assert regions.contacts[shirt, ball] == 0 < regions.contacts[shirt, sky]
    assert regions.patches.shape == (3, 5, 128) and regions.patches.dtype == np.int8
    moved = describe(scene(3, 2)[0])
    assert np.array_equal(moved.patches[shirt], regions.patches[shirt])  # patches move with it


def test_medians_of_regions():
    values = np.array([[1, 5, 3, 9], [2, 8, 7, 7]], np.float32)
    regions = np.array([[0, 0, 0, 1], [1, 1, -1, -1]], np.int32)
    assert medians(values, regions).tolist() == [3, 8]


# --- colours


def test_a_moved_region_gets_the_colour_of_the_similar_one(fitted):
    picture, ab = scene(9, 7)
    result = colored(fitted, picture)
    assert result.dtype == np.float32
    flat = picture > 0.1
    assert np.abs(result - ab)[flat].max() < 2
    assert np.hypot(*result[~flat].T).mean() < 25  # ink has little chroma


def test_colours_are_merged_by_area():
    ab = np.float32([(0, 0), (50, 0), (3, 3), (48, 5), (0, 60)])
    which = merge_colors(ab, np.float32([1, 5, 2, 1, 0.5]))
    assert which[1] == which[3] == 0 and which[0] == which[2] == 1 and which[4] == 2


def test_frequent_neighbours_are_compatible():
    which = np.array([0, 1, 2, 3] * 10)
    together = np.array([(4 * k, 4 * k + 1) for k in range(10)] + [(4 * k + 2, 4 * k + 3) for k in range(10)])
    compatible = compatibilities(which, np.concatenate([together, together[:, ::-1]]))
    assert compatible[0, 1] == compatible[1, 0] > 0.4 and compatible[0, 2] < -0.4
    assert np.abs(compatible).max() <= 1


def test_relaxation_decides_by_neighbours():
    touching = np.array([[0, 8, 0], [8, 0, 2], [0, 2, 0]])
    probabilities = np.array([[0.5, 0.5, 0, 0], [0, 0, 0.9, 0.1], [0, 0, 0, 1.0]])
    compatible = np.full((4, 4), -0.5)
    compatible[0, 2] = compatible[2, 0] = compatible[1, 3] = compatible[3, 1] = 0.5
    relaxed = relax(probabilities, touching, compatible)
    assert np.allclose(relaxed.sum(1), 1) and (relaxed >= 0).all()
    assert relaxed[0, 0] > 0.95
    assert np.allclose(relax(probabilities, touching * 0, compatible), probabilities)


def test_equal_regions_with_different_neighbours_get_different_colours():
    """A hand at a sleeve and a cup on a table have the same lightness and size."""
    hand, cup, sleeve, table = (15, 25), (40, -40), (50, 30), (-20, 50)

    def table_scene(x_hand, x_cup, y=0):
        picture, ab = blank()
        for x, thing, other, light in ((x_hand, hand, sleeve, 0.35), (x_cup, cup, table, 0.55)):
            put(picture, ab, np.s_[40 + y : 61 + y, x : x + 24], 0.65, thing)
            put(picture, ab, np.s_[58 + y : 110 + y, x : x + 24], light, other)
        return picture, ab

    module = Sykora([reference(*table_scene(10, 80)), reference(*table_scene(30, 95, 5))])
    picture, _ = table_scene(88, 20, 3)
    result = colored(module, picture)
    for y, x, paint_ in ((52, 100, hand), (52, 32, cup), (85, 100, sleeve), (85, 32, table)):
        assert result[y, x] == pytest.approx(paint_, abs=2)


def framed(left, size=256):
    """Draw two equal boxes on equal mats, which differ only in the walls around them."""
    picture, ab = blank(size=size)
    walls = [(0.3, (40, 0), (30, 50), (60, 0)), (0.5, (0, -40), (-50, 0), (-30, 50))]
    for number, (light, wall, mat, box) in enumerate(walls if left else walls[::-1]):
        x = number * 128
        put(picture, ab, np.s_[0:256, x : x + 128], light, wall)
        put(picture, ab, np.s_[80:180, x + 14 : x + 114], 0.85, mat)
        put(picture, ab, np.s_[117:143, x + 51 : x + 77], 0.6, box)
    return picture, ab


def test_relaxation_decides_where_descriptors_are_equal(monkeypatch):
    module = Sykora([reference(*framed(True))] * 4)
    picture, ab = framed(False)
    boxes = [(130, 64), (130, 192)]
    result = colored(module, picture)
    assert all(result[box] == pytest.approx(ab[box], abs=2) for box in boxes)
    monkeypatch.setattr(region_colors, "N_ROUNDS", 0)
    alone = colored(module, picture)
    assert not any(alone[box] == pytest.approx(ab[box], abs=2) for box in boxes)
    assert alone[90, 64] == pytest.approx(ab[90, 64], abs=2)  # mats are identified by their neighbours


# --- brightness


def test_chroma_follows_brightness():
    picture, ab = scene()
    shade = np.ones((SIZE, SIZE), np.float32)
    shade[:, 36:] = 0.75
    module = Sykora([reference(*scene())])
    regions = describe(picture)
    shirt = regions.labels[60, 25]
    colors = np.zeros((3, 2), np.float32)
    colors[shirt] = SHIRT
    result = paint(picture * shade, regions, colors)
    brighter = 0.4 / medians(picture * shade, np.where(regions.inside, regions.labels, -1))[shirt]
    assert result[60, 25] == pytest.approx(np.multiply(SHIRT, min(brighter, 1.2)), rel=1e-3)
    assert result[60, 45] / result[60, 25] == pytest.approx(0.75 * brighter / min(brighter, 1.2), rel=1e-3)
    soft = np.interp(np.arange(SIZE), [20, 50], [1, 0.8]).astype(np.float32)  # no edge, no outline
    shown = colored(module, np.where(picture == np.float32(0.4), picture * soft, picture))
    bright, dark = shown[60, 22], shown[60, 48]
    assert np.arctan2(*bright) == pytest.approx(np.arctan2(*dark), abs=1e-3)
    assert np.hypot(*dark) / np.hypot(*bright) == pytest.approx(soft[48] / soft[22], rel=0.01)


# --- background


def ground():
    """Return a textured ground of one colour."""
    tiles = np.random.default_rng(3).uniform(0.5, 0.7, (SIZE // 8, SIZE // 8)).astype(np.float32)
    return np.kron(tiles, np.ones((8, 8), np.float32)), blank(color=(20, 10))[1]


def test_the_background_gets_the_colour_of_its_place():
    picture, ab = ground()
    ab[:, 64:] = -20, 30
    known = np.concatenate([picture[None] * 100, ab.transpose(2, 0, 1)])[:, ::2, ::2]
    other = np.concatenate([100 - known[:1], 0 * known[1:] - 50])
    labels = np.zeros((SIZE, SIZE), np.int32)
    labels[:, 64:] = 1
    expected = np.float32([(20, 10), (-20, 30)])
    assert place_colors(picture, labels, np.stack([other, known])) == pytest.approx(expected, abs=2)
    assert np.isnan(place_colors(picture, labels, other[None])).all()
    displaced = np.roll(known, (6, -4), (1, 2))
    assert place_colors(picture, labels, displaced[None]) == pytest.approx(expected, abs=2)


def test_with_a_plate_only_the_background_gets_the_colours_of_its_place(monkeypatch):
    plate, ab = ground()
    module = Sykora([reference(plate, ab)])
    monkeypatch.setattr(
        sykora, "color_regions", lambda regions, _: np.full((len(regions.features), 2), 50, np.float32)
    )
    picture = plate.copy()
    put(picture, ab.copy(), np.s_[40:90, 50:90], 0.9, (0, 0))
    hidden = plate.copy()
    hidden[60:64, 60:64] = np.nan
    result = colored(module, picture, places=[Place(0, 0, hidden)])
    behind, before = result[10, 10] / 50, result[60, 70] / 50
    assert before == pytest.approx([1, 1], abs=0.01)
    assert behind[1] / behind[0] == pytest.approx(0.5, abs=0.02)
    unknown = colored(module, picture, places=[Place(0, 0, np.full_like(plate, np.nan))])
    assert unknown[10, 10, 0] == unknown[10, 10, 1]
    both = module(
        torch.from_numpy(np.stack([picture, picture]))[:, None], places=[Place(0, 0, hidden), Place(0, 0)]
    )
    assert np.array_equal(both[0].permute(1, 2, 0).numpy(), result)


# --- the method


def test_a_batch_equals_its_pictures_one_by_one(fitted):
    luminance = torch.from_numpy(np.stack([scene(k, -k)[0] for k in range(3)]))[:, None]
    together = fitted(luminance)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    alone = torch.cat([fitted(one[None]) for one in luminance])
    torch.set_num_threads(threads)
    assert torch.equal(together, alone) and torch.equal(together, fitted(luminance))
    assert together.shape == (3, 2, SIZE, SIZE) and together.dtype == torch.float32


def test_a_checkpoint_reproduces_the_colours(fitted):
    again = Sykora()
    again.load_state_dict(fitted.state_dict())
    luminance = tensors(*scene(5, 5))[0]
    assert torch.equal(again(luminance), fitted(luminance))
    assert all(tensor.isfinite().all() for tensor in fitted.state_dict().values())


def test_references_are_equivalent_to_a_fit(fitted):
    module = Sykora([reference(*scene()), reference(*scene(4, -6))])
    luminance = tensors(*scene(5, 5))[0]
    assert torch.allclose(module(luminance), fitted(luminance), atol=1e-3)


def test_without_training_pictures_are_grey():
    module = Sykora()
    assert torch.equal(module(torch.rand(2, 1, 20, 30)), torch.zeros(2, 2, 20, 30))
    module.fit([])
    assert torch.equal(module(torch.rand(1, 1, 20, 30)), torch.zeros(1, 2, 20, 30))


def test_a_grey_reference_yields_grey():
    picture, ab = scene()
    assert np.abs(colored(Sykora([reference(picture, ab * 0)]), picture)).max() == 0


def test_a_random_choice_of_too_many_frames_is_stored(monkeypatch):
    monkeypatch.setattr(sykora, "N_STORED", 3)
    frames = [tensors(*scene(k)) for k in range(6)]
    modules = [Sykora(seed=seed) for seed in (0, 0, 1)]
    for module in modules:
        module.fit(frames)
    kept = [module.thumbnails for module in modules]
    assert all(len(tensor) == 3 for _, tensor in modules[0].named_buffers())
    assert torch.equal(kept[0], kept[1]) and not torch.equal(kept[0], kept[2])


def test_a_slightly_darker_print_gets_the_same_colours(fitted):
    picture, ab = scene(2, 2)
    result = colored(fitted, picture * 0.93)
    assert np.abs(result - ab)[picture > 0.1].max() < 2


@pytest.mark.parametrize("size", [(96, 128), (33, 256), (7, 5), (1, 1)])
def test_unusual_pictures(fitted, size):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        noise = torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(0))
        for luminance in (noise, torch.zeros(1, 1, *size), torch.ones(1, 1, *size)):
            shown = fitted(luminance)
            assert shown.shape == (1, 2, *size) and shown.isfinite().all()
            module = Sykora()
            module.fit([(luminance, shown)])
            assert module.pictures.shape == (1, 3, PLACES, PLACES) and module.ab.shape == (1, N_REGIONS, 2)
            assert module(luminance).isfinite().all()
