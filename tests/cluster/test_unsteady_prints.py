"""Workers see the steady pictures of an unsteady print that the film was numbered with."""

from collections import deque

import numpy as np

from cartoonize.cluster.jobs import pieces_of
from cartoonize.cluster.worker import _found
from cartoonize.filters.number import number_drawings
from cartoonize.frames import Frame
from tests.support.worn import drawing, unsteady, worn


def test_a_worker_takes_the_unsteadiness_out_of_the_same_frames():
    places = unsteady(26, weave=1, flicker=0.02)
    pictures = [worn(drawing(mouth=3 * (k // 13)), at) for k, at in enumerate(places)]
    raw = [Frame(k, k, picture, picture) for k, picture in enumerate(pictures)]
    numbered = list(number_drawings(raw))
    (piece,) = pieces_of(numbered, batch_size=4, is_cached=lambda start: False)
    assert [unsteadiness for *_, unsteadiness in piece.numbers] == [frame.unsteadiness for frame in numbered]
    references = [one for batch in piece.batches for one in batch]
    assert references[-1].unsteadiness is not None
    found = list(_found(iter(raw), deque(references)))
    assert [frame.drawing for frame in found] == list(range(numbered[-1].drawing + 1))
    assert all(np.array_equal(frame.grey, numbered[frame.index].grey) for frame in found)
