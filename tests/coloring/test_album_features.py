"""Features of an album's pictures are found once, and are the same from the cache."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from cartoonize.coloring.album_features import features_of_pictures
from cartoonize.tracking.features import Features


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{k}.png" for k in range(3)]
    for path in paths[:2]:
        cv2.imwrite(str(path), cv2.resize(rng.integers(0, 255, (32, 32), np.uint8), (128, 128)))
    cv2.imwrite(str(paths[2]), np.full((128, 128), 90, np.uint8))  # a picture without any feature
    return paths


def found(pictures, folder, content="a", reader=read):
    return list(features_of_pictures(pictures, reader, folder, content))


def assert_same(some, others):
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
        np.testing.assert_array_equal(one.descriptors_of(), other.descriptors_of())


def test_the_second_call_reads_no_picture(pictures, tmp_path):
    first = found(pictures, tmp_path / "cache")
    assert_same(first, [Features.of(read(path)) for path in pictures])
    assert [len(features.codes) > 0 for features in first] == [True, True, False]
    assert_same(found(pictures, tmp_path / "cache", reader=None), first)


def test_other_content_and_damaged_files_are_found_again(pictures, tmp_path):
    first = found(pictures, tmp_path / "cache")
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(file.read_bytes()[:-200])
    assert_same(found(pictures, tmp_path / "cache"), first)
    assert_same(found(pictures[1:], tmp_path / "cache", content="b"), first[1:])


def test_a_cache_that_cannot_be_written_is_no_error(pictures, tmp_path):
    (tmp_path / "cache").write_text("a file, not a folder")
    assert len(found(pictures, tmp_path / "cache")) == 3
