"""Shot work: colour a shot with the evidence of its film, by networks or from what they predicted before."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace

from cartoonize.coloring.cached_shot import CachedTracks
from cartoonize.coloring.film_evidence import FilmEvidence, find_nothing
from cartoonize.coloring.pipeline import ShotContext, color_shot, shot_batches
from cartoonize.coloring.shot_record import TrackRecorder
from cartoonize.frames import Frame
from cartoonize.tracking.tracked import PartPrediction


def color_recorded(
    shot: Iterable[Frame],
    context: ShotContext,
    evidence: FilmEvidence,
    recorder: TrackRecorder,
    before: CachedTracks | None = None,
) -> Generator[Frame]:
    """Colour a shot as `color_shot` does, with evidence.

    Parameters
    ----------
    shot : iterable of Frame
        Its frames, with ``drawing`` and ``shot`` numbers.
    context : ShotContext
        Members and options. Its sources are not used.
    evidence : FilmEvidence
        Known colours of its film.
    recorder : TrackRecorder
        Gets the predictions for its tracks while frames are yielded.
    before : CachedTracks, optional
        Record of the shot from an earlier time. If given, no network runs.
    """
    sources = evidence.sources
    predictions: Sequence[PartPrediction] = ()
    if before is not None:
        predictions = before.predictions
        find = None if evidence.finds_the_same(before) else sources.find or find_nothing
        sources = replace(sources, find=find)
    context = replace(context, sources=recorder.recording(sources))
    return color_shot(shot_batches(shot, context.options), context, predictions)
