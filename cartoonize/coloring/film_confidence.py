"""Confidence of a film that is coloured along tracks, for its confidence file."""

from __future__ import annotations

from dataclasses import replace

from cartoonize.coloring.plan import ColorizePlan, FilmPlan
from cartoonize.tracking.confidence_file import FilmConfidence


def begun_confidence(plan: ColorizePlan, work: FilmPlan, *, output: str = "") -> FilmConfidence:
    """Return the confidence of a film before its first frame is coloured: what it is coloured from.

    Parameters
    ----------
    plan : ColorizePlan
        Plan of the call.
    work : FilmPlan
        Plan for the film.
    output : str
        File name of the coloured copy; "" if none is written.
    """
    from cartoonize.methods.checkpoint import read_header

    return FilmConfidence(
        output=output,
        shots=(),
        source=str(work.film.path.resolve()),
        fingerprint=work.film.fingerprint,
        members=tuple(member.name for member in plan.members),
        weights=tuple(str(read_header(path)["sha256"]) for path in plan.spec.files),
        is_part=work.film.render.is_part,
    )


def finished_confidence(begun: FilmConfidence, work: FilmPlan) -> FilmConfidence:
    """Return the confidence of a film after its last frame was coloured."""
    film, doubts = work.film, work.doubts
    starts_later = film.render.start is not None and film.source.kind == "video"
    return replace(
        begun,
        shots=tuple(doubts.shots()),
        suggestions=tuple(doubts.suggestions()),
        offset=doubts.first_seconds if starts_later else 0.0,
    )
