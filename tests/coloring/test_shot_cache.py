"""Shot cache: when a stored shot is current."""

from dataclasses import replace

import numpy as np
import pytest

from cartoonize.annotations.hints import ColorHints
from cartoonize.coloring.film_evidence import FilmEvidence
from cartoonize.coloring.shot_cache import ShotCache
from cartoonize.coloring.shot_record import TrackRecorder
from cartoonize.filters.track_sources import TrackSources
from cartoonize.frames import Frame
from cartoonize.tracking.memory import Memory
from tests.support.cached_shots import PLANES, cached_shot, equal, part_of


class FakeMemory(Memory):
    """Adds a number to every histogram that it is asked about."""

    def __init__(self, added=0.0):
        super().__init__()
        self.added = added

    def __len__(self):
        return 1

    @property
    def fingerprint(self):
        return str(self.added)

    def recall(self, appearance):
        return appearance.histograms + np.float32(self.added) if self.added else appearance.histograms


class FakeAlbum:
    """Finds one colour for every drawing, or nothing."""

    def __init__(self, pages, color=None):
        self.fingerprint, self._color = pages, color

    def find(self, grey):
        if self._color is None:
            return None
        return ColorHints.everywhere(np.full((*grey.shape, 2), self._color, np.float32))


@pytest.fixture
def changes(tmp_path):
    """Return a function: is a shot of two drawings coloured again, once, with this knowledge?"""
    prediction, confidence = part_of(0, 2, {}, np.random.default_rng(0))
    confidence = replace(confidence, shot=0, stop=2)
    drawing = np.zeros((256, 256), np.uint8)

    def is_cached(hints=None, memory=None, album=None):
        """Colour the shot if it has to be; return whether it was current in the cache."""
        evidence = FilmEvidence(hints or {}, memory or Memory(), album)
        cache = ShotCache(tmp_path, "key", PLANES, evidence=evidence)
        grey = np.zeros((4, 4), np.uint8)
        frames = [Frame(t, t, grey, grey, drawing=t, shot=0) for t in (0, 1)]
        cached = cache.find(0)
        if cached is not None and cache.is_current(cached):
            colored = list(cache.reuse(cached, frames))
        else:
            recorder = TrackRecorder()
            find = album.find if album is not None else None
            if cached is not None and evidence.finds_the_same(cached.tracks):
                find = None
            sources = recorder.recording(TrackSources(evidence.hints, evidence.memory.recall, find))
            if sources.find is not None:
                sources.find(drawing)
            sources.recall(prediction.appearance())
            recorder.predictions, recorder.confidence = [prediction], [confidence]
            work = (frame.having(chroma=(grey, grey + 1)) for frame in frames)
            colored = list(cache.storing(work, recorder, cached))
        assert [frame.index for frame in colored] == [0, 1]
        assert all((frame.chroma[1] == 1).all() for frame in colored)
        return cache.n_reused == 1

    def call(**knowledge):
        first, second = is_cached(**knowledge), is_cached(**knowledge)
        assert second
        return not first

    return call


#: Hints for every pixel of a frame.
GIVEN = ColorHints(np.zeros((4, 4, 2), np.float32), np.ones((4, 4), np.float32))


def test_a_shot_is_current_until_something_changes_for_it(changes):
    assert changes()
    assert not changes()
    assert not changes(hints={5: GIVEN})  # of another shot
    assert not changes(memory=FakeMemory())  # an answer without an effect
    assert changes(hints={1: GIVEN})
    assert not changes(hints={1: GIVEN, 5: GIVEN})
    assert not changes(hints={1: GIVEN}, memory=FakeMemory())
    assert changes(hints={1: GIVEN}, memory=FakeMemory(0.5))
    assert changes(memory=FakeMemory(0.5))
    assert not changes(hints={5: GIVEN}, memory=FakeMemory(0.5))
    assert changes(memory=FakeMemory(0.25))
    assert changes()


def test_a_shot_is_current_while_the_album_finds_the_same_in_it(changes):
    assert changes()
    assert changes(album=FakeAlbum("pages"))  # the drawings were not looked up before
    assert not changes(album=FakeAlbum("more pages"))
    assert changes(album=FakeAlbum("other pages", 5))
    assert not changes(album=FakeAlbum("more of them", 5))
    assert changes(hints={1: GIVEN}, album=FakeAlbum("more of them", 5))
    assert not changes(hints={1: GIVEN}, album=FakeAlbum("even more", 5))
    assert changes(hints={1: GIVEN}, album=FakeAlbum("even more", 6))
    assert changes(hints={1: GIVEN})
    assert changes()


def test_a_shot_with_another_first_frame_or_a_new_key_is_not_found(tmp_path):
    planes, shot = cached_shot()
    cache = ShotCache(tmp_path, "key", PLANES)
    assert cache.is_empty
    grey = np.zeros((6, 8), np.uint8)
    frames = (Frame(7 + k, k, grey, grey, drawing=k, shot=4, chroma=p) for k, p in enumerate(planes))
    list(cache.storing(frames))
    assert not cache.is_empty
    assert equal(planes, list(cache.find(7).chroma))
    assert cache.find(8) is None
    assert ShotCache(tmp_path, "key", PLANES, ignore_cached=True).find(7) is None
    cache.depend_on("another device")
    assert cache.find(7) is None


def test_a_shot_whose_end_has_moved_is_not_found(tmp_path):
    planes, _ = cached_shot()
    grey = np.zeros((6, 8), np.uint8)
    frames = [Frame(7 + k, k, grey, grey, drawing=k, shot=4, chroma=p) for k, p in enumerate(planes)]
    end = 7 + len(frames)

    def finds(cuts, stored=None):
        cache = ShotCache(tmp_path, "key", PLANES, known_cuts=stored)
        list(cache.storing(frame for frame in frames))
        return ShotCache(tmp_path, "key", PLANES, known_cuts=cuts).find(7) is not None

    assert finds({}) and finds({3: True, 7: True, end + 1: False})  # cuts of other shots
    assert not finds({8: True}) and not finds({end: False})
    assert finds({end: True}, {end: True}) and not finds({}, {end: True})


def test_a_shot_with_missing_frames_is_not_cached(tmp_path):
    planes, _ = cached_shot()
    grey = np.zeros((6, 8), np.uint8)
    chroma = [planes[0], None, planes[1]]
    cache = ShotCache(tmp_path, "key", PLANES)
    frames = (Frame(k, k, grey, grey, drawing=k, shot=0, chroma=c) for k, c in enumerate(chroma))
    assert len(list(cache.storing(frames))) == 3
    assert cache.is_empty
