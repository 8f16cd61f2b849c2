"""Means over areas, beside their definition."""

import cv2
import numpy as np
import pytest

from cartoonize.detect.area_means import AreaMeans, halved, thumbnail


def literal(picture, height, width):
    """Return the mean of each cell of a grid, with shares of the pixels that it cuts."""

    def shares(n, cells):
        edges = np.arange(cells + 1) * n / cells
        at = np.arange(n)
        inside = np.minimum(at + 1, edges[1:, None]) - np.maximum(at, edges[:-1, None])
        return np.clip(inside, 0, None) * cells / n

    return shares(picture.shape[0], height) @ picture.astype(float) @ shares(picture.shape[1], width).T


@pytest.mark.parametrize("shape", [(48, 64), (61, 37), (5, 7)])
@pytest.mark.parametrize("grid", [(1, 1), (4, 16), (5, 3), (13, 8)])
def test_means_are_those_of_the_definition(shape, grid):
    picture = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert np.abs(AreaMeans(picture).of_grid(*grid) - literal(picture, *grid)).max() <= 0.5 + 1e-6


def test_a_large_white_picture_does_not_overflow():
    assert np.all(AreaMeans(np.full((2900, 2910), 255, np.uint8)).of_grid(2, 3) == 255)


def test_halving_drops_odd_lines():
    picture = np.arange(35, dtype=np.uint8).reshape(5, 7)
    assert halved(picture, 0) is picture
    assert halved(picture, 1).tolist() == [[4, 6, 8], [18, 20, 22]]
    assert halved(picture, 2).shape == (1, 1)


@pytest.mark.parametrize("shape", [(40, 50), (270, 480), (1080, 1920)])
def test_a_thumbnail_is_nearly_the_resized_picture(shape):
    noise = np.random.default_rng(1).integers(0, 256, (30, 40)).astype(np.uint8)
    picture = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    resized = literal(picture, 32, 32)
    assert np.abs(thumbnail(picture, 32) - resized).max() <= 2
