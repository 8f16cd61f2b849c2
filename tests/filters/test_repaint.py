"""Single frames of shots are painted soon, and as they are in the whole shot."""

import numpy as np
import pytest

from cartoonize.filters import predicted_part
from cartoonize.filters.repaint import Repainter, repaint_shot
from cartoonize.filters.segments import segmented
from cartoonize.filters.shot_part import ShotPart
from cartoonize.filters.track import track_shot
from cartoonize.filters.track_sources import TrackSources
from tests.support.tracked import BLUE, GREEN, disc_film, painted, scene


@pytest.mark.parametrize("max_drawings", [99, 8])
def test_one_frame_is_repainted_alone(monkeypatch, max_drawings):
    """It is as in the whole shot where it is new, and the segmented frames can be used again."""
    monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", max_drawings)
    predictions, frames = [], disc_film(26, held=2)
    record = lambda prediction, shot: predictions.append(prediction)  # noqa: E731
    list(track_shot(frames, sources=TrackSources(record=record)))
    found = list(segmented(disc_film(26, held=2)))
    hints = {6: painted(scene(40 + 6 * 3)[1], (GREEN, BLUE))}
    repainter = Repainter(found, predictions)
    for sources in (TrackSources(), TrackSources(hints=hints), TrackSources()):
        whole = list(repaint_shot(found, predictions, sources=sources))
        for index in (0, 7, 25):
            alone = repainter.frame(index, sources)
            assert (alone.index, alone.drawing) == (index, whole[index].drawing)
            if index == 7 or not sources.hints:
                assert np.abs(alone.ab - whole[index].ab).mean() < 1
    with pytest.raises(ValueError, match="frame 26 is not in this shot"):
        repainter.frame(26)


def test_a_late_frame_does_not_wait_for_the_parts_before(monkeypatch):
    """They are decided again only if their hints change."""
    monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", 8)
    predictions, frames = [], disc_film(26, held=2)
    list(track_shot(frames, sources=TrackSources(record=lambda one, _: predictions.append(one))))
    found = list(segmented(disc_film(26, held=2)))
    late, early = ({k: painted(scene(40 + k * 3)[1], (GREEN, BLUE))} for k in (24, 6))
    n_decided: list[int] = []
    decide = ShotPart.decide
    monkeypatch.setattr(ShotPart, "decide", lambda *a, **k: n_decided.append(1) or decide(*a, **k))
    repainter = Repainter(found, predictions)

    def check(hints, n_parts):
        n_decided.clear()
        frame = repainter.frame(25, TrackSources(hints=hints))
        assert len(n_decided) == n_parts
        afresh = Repainter(found, predictions).frame(25, TrackSources(hints=hints))
        assert np.array_equal(frame.ab, afresh.ab)
        assert np.array_equal(frame.confidence, afresh.confidence)

    check(early, n_parts=3)
    check({**early, **late}, n_parts=1)
    check(early, n_parts=1)
    check(late, n_parts=3)
    whole = list(repainter.shot(TrackSources(hints=early)))
    for one, other in zip(
        whole, repaint_shot(found, predictions, sources=TrackSources(hints=early)), strict=True
    ):
        assert np.array_equal(one.ab, other.ab)
    check(early, n_parts=1)
