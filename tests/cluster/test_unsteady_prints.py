"""Workers see the steady pictures of an unsteady print that the film was numbered with."""

from types import SimpleNamespace

import numpy as np

from cartoonize.cluster.jobs import shots_of
from cartoonize.cluster.worker import _Found
from cartoonize.filters.number import number_drawings
from cartoonize.frames import Frame
from tests.support.worn import drawing, unsteady, worn


def test_a_worker_takes_the_unsteadiness_out_of_the_same_frames(tmp_path):
    places = unsteady(26, weave=1, flicker=0.02)
    pictures = [worn(drawing(mouth=3 * (k // 13)), at) for k, at in enumerate(places)]
    raw = [Frame(k, k, picture, picture) for k, picture in enumerate(pictures)]
    numbered = list(number_drawings(raw))
    film = SimpleNamespace(
        numbered=lambda backgrounds: iter(numbered), path=tmp_path / "x.mkv", with_color=False, plates=None,
        render=SimpleNamespace(start=None), writer=SimpleNamespace(plane_format=None),
    )  # fmt: skip
    (shot,) = shots_of(film, lambda start: (False, None))
    assert [ref.unsteadiness for ref in shot.frames] == [frame.unsteadiness for frame in numbered]
    assert sum(ref.unsteadiness is not None for ref in shot.frames) > 5 and shot.job.pictures == ()
    found = list(_Found(shot.job).among(iter(raw)))
    assert len(found) == len(numbered)
    for one, other in zip(found, numbered, strict=True):
        assert (one.index, one.drawing, one.shot) == (other.index, other.drawing, other.shot)
        assert one.unsteadiness == other.unsteadiness and np.array_equal(one.grey, other.grey)
