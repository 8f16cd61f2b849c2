"""Annotated films: the frames of films to which references, pins and scribbles belong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.locate import Located, Sighting, locate
from cartoonize.annotations.pins import Pin
from cartoonize.coloring.films import Film
from cartoonize.errors import SourceError, UsageError
from cartoonize.frames import Frame
from cartoonize.reporting import Reporter

if TYPE_CHECKING:
    from cartoonize.annotations.references import Reference
    from cartoonize.annotations.scribbles import Scribbles

_REMEDY = "Keep light and dark of the frame when you paint, or name the file by its number: 000120.png."


#: A reference for a faded frame is used if the frame has at least this share of the picture.
_MIN_SHARE = 0.9


@dataclass(frozen=True)
class TrackAnnotations:
    """Annotations of films that follow the tracks, read from files."""

    references: Sequence[Reference] = ()
    pins: Sequence[Pin] = ()
    scribbles: Scribbles | None = None
    grey_shares: NDArray[np.float32] | None = None
    """(101,) share of grey in coloured episodes, 0..1, by CIE L, from which it follows whether grey areas of
    references are painted. None: they are known to be grey."""

    def indices(self, film: Film) -> set[int]:
        """Return the indices of the frames of a film that have pins or scribbles."""
        found = {pin.frame - film.first for pin in self.pins_on(film)}
        return found | ({n for n in self.scribbles.begin_at if n >= 0} if self.scribbles else set())

    def pins_on(self, film: Film) -> list[Pin]:
        """Return the pins on the part of a film that is coloured."""
        return [pin for pin in self.pins if pin.episode == film.path.stem and pin.frame >= film.first]


@dataclass
class AnnotatedFilm:
    """A film, and its frames that have annotations.

    Frames are counted from the first one of the part that is coloured. Those before it have negative numbers.
    """

    film: Film
    frames: Mapping[int, Frame] = field(default_factory=dict)
    """Frames with annotations, by index."""
    references: dict[int, list[Reference]] = field(default_factory=dict)
    """References that show a frame, by its index."""
    first: int = 0
    """Number of frames of the source before the one with index 0."""
    n_colored: int | None = None
    """Number of frames of the part that is coloured; None if it was not counted."""

    def colors(self, index: int) -> bool:
        """Return whether a frame belongs to the part that is coloured."""
        return index >= 0 and (self.n_colored is None or index < self.n_colored)


def locate_annotations(
    films: Sequence[Film], annotations: TrackAnnotations, reporter: Reporter
) -> list[AnnotatedFilm]:
    """Find the frames to which annotations belong, in one pass over each film that needs one.

    References are looked for in all frames of all films, also outside of the part that is coloured. Each
    belongs to the film with the most similar frame. One that shows no frame is named in a warning, and left
    out.

    Raises
    ------
    SourceError, UsageError
        If pins or scribbles are after the end of their film.
    """
    annotated, sightings = [], []
    for film in films:
        fitting = [r for r in annotations.references if film.source.format.has_aspect_of(*r.size)]
        wanted = annotations.indices(film)
        found, one = _locate_in(film, fitting, wanted, reporter)
        if not film.render.is_part:
            _check_end(film, annotations, wanted - one.frames.keys(), found.n_frames)
        annotated.append(one)
        sightings.append(dict(zip(map(id, fitting), found.sightings, strict=True)))
    _assign(annotated, annotations.references, sightings, reporter)
    return annotated


def _locate_in(
    film: Film, references: Sequence[Reference], wanted: set[int], reporter: Reporter
) -> tuple[Located, AnnotatedFilm]:
    """Look for frames in a film: in all of it if there are references, else in the part that is coloured."""
    if not references:
        framed = map(film.with_area, film.frames(rgb=film.with_color))
        found = locate(film.split(framed), wanted=wanted)
        return found, AnnotatedFilm(film, _in_areas(film, found.frames), first=film.first)
    part = _Part(film)
    frames = film.split(part.counted(film.all_frames(rgb=film.with_color)))
    label = f"looking for references in {film.path.name}"
    # Stills are always counted from the first one, as in `Film.first`.
    shift = film.first
    found = locate(
        _reported(frames, label, film.source.format.n_frames, reporter),
        references,
        wanted={index + shift for index in wanted},
    )
    first = 0 if film.source.names else part.n_before
    by_index = {number - first: frame.having(index=number - first) for number, frame in found.frames.items()}
    by_index = {index: frame.having(drawing=index) for index, frame in by_index.items()}
    end = part.n_before + part.n_colored - first
    return found, AnnotatedFilm(film, _in_areas(film, by_index), first=first, n_colored=end)


def _in_areas(film: Film, frames: Mapping[int, Frame]) -> dict[int, Frame]:
    """Return frames as methods see them, without bars."""
    return {index: film.in_area(frame) for index, frame in frames.items()}


class _Part:
    """Count of the frames before and in the part of a film that is coloured."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self.n_before = self.n_colored = 0

    def counted(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Yield frames of the source, those of the part with their areas, and count them."""
        for frame in frames:
            if self._film.is_before(frame):
                self.n_before += 1
            elif not self._film.is_after(frame, self.n_colored):
                first = 0 if self._film.source.names else self.n_before
                frame = frame.having(area=self._film.areas.at(frame.index - first))
                self.n_colored += 1
            yield frame


def _reported(frames: Iterable[Frame], label: str, n_expected: int, reporter: Reporter) -> Iterator[Frame]:
    for n, frame in enumerate(frames, 1):
        reporter.progress(label, n, n_expected, unit="frames")
        yield frame


def _check_end(film: Film, annotations: TrackAnnotations, missing: set[int], n_frames: int) -> None:
    """Raise an error if pins or scribbles are for missing frames, after the end of the film."""
    for pin in annotations.pins_on(film):
        if pin.frame - film.first in missing:
            raise UsageError(f"{pin} is after the end of {film.path.name}", "Remove the pin.")
    if missing and annotations.scribbles is not None:
        raise SourceError(
            f"{annotations.scribbles.path} has scribbles for frame {min(missing)}, and {film.path} has"
            f" {n_frames} frames",
            "Count frames from 0, as in the frames/ of the workspace.",
        )


def _assign(
    annotated: Sequence[AnnotatedFilm],
    references: Sequence[Reference],
    sightings: Sequence[Mapping[int, Sighting]],
    reporter: Reporter,
) -> None:
    """Add each reference to the film that has the most similar frame; name those that show no frame."""
    strange, unlike, mixed = [], [], []
    for reference in references:
        seen = {n: found[id(reference)] for n, found in enumerate(sightings) if id(reference) in found}
        if not seen:
            strange.append(reference)
            continue
        number = max(seen, key=lambda n: (seen[n].frame >= 0, seen[n].likeness))
        one, sighting = annotated[number], seen[number]
        if sighting.frame < 0:
            unlike.append((reference, one, sighting))
            continue
        mix = one.frames[sighting.frame - one.first].mix
        if mix is not None and (mix.transition != "fade" or mix.share < _MIN_SHARE):
            mixed.append((reference, one, sighting.frame, mix.transition))
            continue
        one.references.setdefault(sighting.frame - one.first, []).append(reference)
    _warn_of_aspect(strange, annotated, reporter)
    _warn_of_likeness(unlike, annotated, reporter)
    for reference, one, index, kind in mixed:
        reporter.warning(
            f"Not used: {reference.path} is frame {index} of {one.film.path.name}, in the middle of a {kind}."
            f" It does not show one picture alone. Paint a frame before or after the {kind}."
        )


def _warn_of_aspect(
    strange: Sequence[Reference], annotated: Sequence[AnnotatedFilm], reporter: Reporter
) -> None:
    for reference in strange:
        (width, height), form = reference.size, annotated[0].film.source.format
        reporter.warning(
            f"Not used: {reference.path} has {width}x{height} pixels, another aspect ratio than"
            f" {_names(annotated)} with {form.width}x{form.height}."
        )


def _warn_of_likeness(
    unlike: Sequence[tuple[Reference, AnnotatedFilm, Sighting]],
    annotated: Sequence[AnnotatedFilm],
    reporter: Reporter,
) -> None:
    if len(unlike) > 1:
        paths = ", ".join(str(reference.path) for reference, _, _ in unlike)
        reporter.warning(
            f"Not used: {len(unlike)} references are not frames of {_names(annotated)}: {paths}. {_REMEDY}"
        )
        return
    for reference, one, sighting in unlike:
        reporter.warning(
            f"Not used: {reference.path} is not a frame of {_names(annotated)} (the most similar is frame"
            f" {sighting.index} of {one.film.path.name}, likeness {max(sighting.likeness, 0):.2f} of 1)."
            f" {_REMEDY}"
        )


def _names(annotated: Sequence[AnnotatedFilm]) -> str:
    """Name the films in a sentence; many of them by their number."""
    names = [one.film.path.name for one in annotated]
    return f"the {len(names)} sources" if len(names) > 3 else " or ".join(names)
