"""Pictures of annotations: colour profiles, CMYK and 16 bits."""

import cv2
import numpy as np
import pytest
from PIL import Image

from cartoonize.annotations.picture import read_painting
from cartoonize.annotations.references import read_references
from tests.support.profiles import display_p3, ink
from tests.support.reporters import Recorder

RED, GREEN = (190, 80, 80), (90, 150, 100)


@pytest.fixture
def rgb():
    picture = np.full((64, 64, 3), RED, np.uint8)
    picture[32:] = GREEN
    return picture


def chroma_of(picture):
    from cartoonize.color.lab import rgb_to_lab

    return np.hypot(*np.moveaxis(rgb_to_lab(np.ascontiguousarray(picture[..., :3]))[..., 1:], -1, 0)).mean()


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp"])
def test_display_p3_becomes_srgb(tmp_path, rgb, name):
    plain, wide = tmp_path / f"plain-{name}", tmp_path / name
    Image.fromarray(rgb).save(plain, quality=100)
    Image.fromarray(rgb).save(wide, quality=100, icc_profile=display_p3())
    reporter = Recorder()
    before, after = read_painting(plain, reporter=reporter), read_painting(wide, reporter=reporter)
    # Computed by hand from the matrices of both spaces.
    np.testing.assert_allclose(after[5, 5, :3], (207, 69, 75), atol=3)
    assert chroma_of(after) > 1.1 * chroma_of(before) and (after[..., 3] == 255).all()
    assert reporter.warnings == []
    (reference,) = read_references([wide])
    np.testing.assert_allclose(reference.rgb[5, 5], (207, 69, 75), atol=3)


def test_alpha_stays(tmp_path, rgb):
    alpha = np.full((64, 64, 1), 255, np.uint8)
    alpha[:10] = 0
    Image.fromarray(np.dstack([rgb, alpha])).save(tmp_path / "a.png", icc_profile=display_p3())
    picture = read_painting(tmp_path / "a.png")
    assert (picture[..., 3] == alpha[..., 0]).all() and picture[20, 20, 0] > 200


def test_srgb_and_pictures_without_a_profile_stay_bit_for_bit(tmp_path, rgb):
    from PIL.ImageCms import ImageCmsProfile, createProfile

    Image.fromarray(rgb).save(tmp_path / "a.png")
    Image.fromarray(rgb).save(
        tmp_path / "b.png", icc_profile=ImageCmsProfile(createProfile("sRGB")).tobytes()
    )
    for name in "ab":
        assert np.array_equal(read_painting(tmp_path / f"{name}.png")[..., :3], rgb)


def test_16_bits_become_8(tmp_path, rgb):
    cv2.imwrite(str(tmp_path / "a.png"), rgb[..., ::-1].astype(np.uint16) * 257)
    assert np.array_equal(read_painting(tmp_path / "a.png")[..., :3], rgb)


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_is_converted_by_its_profile(tmp_path, name):
    cyan = np.zeros((64, 64, 4), np.uint8)
    cyan[..., 0] = 255
    Image.fromarray(cyan, mode="CMYK").save(tmp_path / name, icc_profile=ink(), quality=100)
    reporter = Recorder()
    red, green, blue, _ = read_painting(tmp_path / name, reporter=reporter)[5, 5].astype(int)
    assert reporter.warnings == [] and green > max(red, blue) + 40


def test_cmyk_without_a_profile_is_approximate_and_said(tmp_path, rgb):
    Image.fromarray(rgb).convert("CMYK").save(tmp_path / "a.jpg", quality=100)
    reporter = Recorder()
    np.testing.assert_allclose(read_painting(tmp_path / "a.jpg", reporter=reporter)[5, 5, :3], RED, atol=4)
    assert reporter.warnings == ["a.jpg is CMYK without a colour profile. Its colours are approximate."]


@pytest.mark.parametrize("profile", [b"damaged", display_p3()[:200], display_p3().replace(b"RGB ", b"CLR ")])
def test_a_damaged_profile_is_one_line(tmp_path, rgb, profile):
    Image.fromarray(rgb).save(tmp_path / "a.png", icc_profile=profile)
    reporter = Recorder()
    assert np.array_equal(read_painting(tmp_path / "a.png", reporter=reporter)[..., :3], rgb)
    (line,) = reporter.warnings
    assert line.startswith("a.png: the colour profile cannot be used") and "\n" not in line
