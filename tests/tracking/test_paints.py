"""Means over equally light tracks, computed for a part of them at once."""

import numpy as np
import pytest

from cartoonize.tracking import paints


@pytest.fixture
def tracks():
    rng = np.random.default_rng(0)
    histograms = rng.random((700, 313)).astype(np.float32)
    return histograms, (100 * rng.random(700)).astype(np.float32), rng.random(700).astype(np.float32)


def plain(histograms, lightness, areas):
    """Return the mean of the definition, in double precision, without limits."""
    difference = lightness[:, None].astype(float) - lightness
    weights = np.exp(-0.5 * difference**2) * areas
    return weights @ histograms / weights.sum(1, keepdims=True)


@pytest.mark.parametrize("n_at_once", [1, 64, 5000])
def test_the_parts_have_the_means_of_the_definition(tracks, monkeypatch, n_at_once):
    monkeypatch.setattr(paints, "_N_AT_ONCE", n_at_once)
    assert paints.of_equal_lightness(*tracks) == pytest.approx(plain(*tracks), abs=1e-4)


def test_only_the_wanted_ones_are_computed(tracks):
    wanted = np.zeros(700, bool)
    wanted[[3, 500, 12]] = True
    some = paints.of_equal_lightness(*tracks, wanted)
    assert some == pytest.approx(paints.of_equal_lightness(*tracks)[wanted], abs=1e-6)
