"""Evidence: known colours of films, in addition to predictions. It is gathered before films are coloured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cartoonize.annotations.aspect import check_aspect
from cartoonize.annotations.hints import ColorHints
from cartoonize.annotations.locate import Located, Sighting, locate
from cartoonize.annotations.pins import Pin, hints_of_pins
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.films import Film
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.errors import SourceError, UsageError
from cartoonize.filters.clean import clean_frames
from cartoonize.filters.predict import predict_frames
from cartoonize.filters.track import Find
from cartoonize.frames import Frame, area_average
from cartoonize.methods.member import Member
from cartoonize.reporting import Reporter
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of_grey

if TYPE_CHECKING:
    from cartoonize.annotations.references import Reference
    from cartoonize.annotations.scribbles import Scribbles

#: Two references of one frame contradict each other if more than this share of the pixels that both paint
#: differs by more than this distance in ab.
_MAX_SHARE, _MAX_DISTANCE = 0.05, 20.0
#: Confidence of colours that a method computes from scribbles: less than that of painted or pinned colours.
_SCRIBBLE_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Evidence:
    """Known colours for the films of one call, from users and training episodes."""

    hints: Sequence[Mapping[int, ColorHints]] = ()
    """For each film: known colours of some frames, by index."""
    memory: Memory = field(default_factory=Memory)
    """Predictions for the hints, by which similar regions of other shots and films get their colours."""
    album: WorkspaceAlbum | None = None
    """Album in which drawings are looked up, or None."""

    def hints_of(self, number: int) -> Mapping[int, ColorHints]:
        """Return the hints for a film."""
        return self.hints[number] if self.hints else {}

    @property
    def find(self) -> Find | None:
        """Function that looks a drawing up; None without an album or if it is empty."""
        return self.album.find if self.album is not None and len(self.album) else None

    @property
    def album_fingerprint(self) -> str:
        """Fingerprint of the pages of the album; "" without an album or if it is empty."""
        return self.album.fingerprint if self.album is not None and len(self.album) else ""


@dataclass(frozen=True)
class TrackAnnotations:
    """Annotations of films that follow the tracks, read from files."""

    references: Sequence[Reference] = ()
    pins: Sequence[Pin] = ()
    scribbles: Scribbles | None = None

    def indices(self, film: Film) -> set[int]:
        """Return the indices of the frames of a film that have pins or scribbles."""
        found = {pin.frame - film.first for pin in self.pins_on(film)}
        return found | ({n for n in self.scribbles.begin_at if n >= 0} if self.scribbles else set())

    def pins_on(self, film: Film) -> list[Pin]:
        """Return the pins on the part of a film that is coloured."""
        return [pin for pin in self.pins if pin.episode == film.path.stem and pin.frame >= film.first]


def locate_annotations(
    films: Sequence[Film], annotations: TrackAnnotations, reporter: Reporter
) -> list[Located]:
    """Find the frames to which annotations belong, in one pass over each film that needs one.

    Raises
    ------
    SourceError, UsageError
        If a reference has another aspect ratio, or pins or scribbles are after the end of their film.
    """
    for reference in annotations.references:
        hint = "Give a picture of a whole frame, at any size."
        check_aspect(reference.path, reference.size, [film.source for film in films], hint)
    located = []
    for film in films:
        wanted = annotations.indices(film)
        label = f"looking for references in {film.path.name}" if annotations.references else ""
        frames = _counted(film.frames(rgb=film.with_color), label, film.n_expected, reporter)
        found = locate(frames, annotations.references, wanted=wanted, first=film.first)
        if not film.render.is_part:
            _check_end(film, annotations, wanted - found.frames.keys(), found.n_frames)
        located.append(found)
    return located


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


def _counted(frames: Iterable[Frame], label: str, n_expected: int, reporter: Reporter) -> Iterator[Frame]:
    for n, frame in enumerate(frames, 1):
        if label:
            reporter.progress(label, n, n_expected)
        yield frame


def gather_evidence(
    films: Sequence[Film],
    annotations: TrackAnnotations,
    located: Sequence[Located],
    load: Callable[[], Sequence[Member]],
    options: ColorizeOptions,
    *,
    album: WorkspaceAlbum | None = None,
    reporter: Reporter,
) -> Evidence:
    """Return hints, memory and album for films that are coloured along tracks.

    If several annotations give a pixel a colour, pins have priority. Of references and scribbles, the more
    confident colour counts; if equal, that of the reference.

    Parameters
    ----------
    films : sequence of Film
        All films of the call.
    annotations : TrackAnnotations
        Annotations that were read.
    located : sequence of Located
        Result of `locate_annotations`: one for each film.
    load : callable
        Returns the members. It is called only if there are hints.
    options : ColorizeOptions
        Options with tracks.
    album : WorkspaceAlbum, optional
        Album to which references are added.
    reporter : Reporter
        Receives messages with the frames of references.

    Raises
    ------
    SourceError, UsageError
        If a reference does not show a frame of the films, or annotations contradict each other.
    """
    sightings = [found.sightings for found in located]
    painted = _hints_of_references(films, annotations.references, sightings, reporter)
    hints = [dict(by_index) for by_index in painted]
    for film, found, by_index in zip(films, located, hints, strict=True):
        if annotations.scribbles is not None:
            _add_scribbles(found.frames, annotations.scribbles, load(), by_index, options)
        pins = annotations.pins_on(film)
        if pins:
            reporter.info(f"{len(pins)} pin(s) on {film.path.name}")
            _add_pins(found.frames, pins, film.first, by_index, options)
    memory = Memory()
    if any(hints):
        for found, by_index, references in zip(located, hints, painted, strict=True):
            _remember(memory, album, found.frames, by_index, references, load(), options)
    if album is not None and len(album):
        reporter.info(f"Drawings are looked up among {len(album)} coloured drawings.")
    return Evidence(hints, memory, album)


def _hints_of_references(
    films: Sequence[Film],
    references: Sequence[Reference],
    sightings: Sequence[Sequence[Sighting]],
    reporter: Reporter,
) -> list[dict[int, ColorHints]]:
    """Assign each reference to the film with the most similar frame; return hints by index for each film."""
    hints: list[dict[int, ColorHints]] = [{} for _ in films]
    by_frame: dict[tuple[int, int], Reference] = {}
    for k, reference in enumerate(references):
        number = max(range(len(films)), key=lambda n: (sightings[n][k].frame >= 0, sightings[n][k].likeness))
        film, sighting = films[number], sightings[number][k]
        if sighting.frame < 0:
            error = _not_found(reference, film, sighting)
            if not film.render.is_part:
                raise error
            reporter.warning(f"{error.message}. It has no effect on the part that is coloured.")
            continue
        reporter.info(f"{reference.path} is frame {sighting.frame + film.first} of {film.path.name}")
        place = (number, sighting.frame)
        if place in by_frame:
            _check_agreement(by_frame[place], reference)
            hints[number][sighting.frame] = hints[number][sighting.frame].combined_with(reference.hints)
        else:
            hints[number][sighting.frame], by_frame[place] = reference.hints, reference
    return hints


def _not_found(reference: Reference, film: Film, sighting: Sighting) -> SourceError:
    return SourceError(
        f"{reference.path} is not a frame of {film.path.name} (the most similar is frame"
        f" {sighting.index + film.first}, likeness {max(sighting.likeness, 0):.2f} of 1)",
        "Keep light and dark of the frame when you paint, or name the file by the frame number: 000120.png.",
    )


def _check_agreement(one: Reference, other: Reference) -> None:
    """Raise `SourceError` if two references of one frame have different colours."""
    both = (one.hints.confidence > 0) & (other.hints.confidence > 0)
    distance = np.linalg.norm(one.ab - other.ab, axis=-1)[both]
    if len(distance) and (distance > _MAX_DISTANCE).mean() > _MAX_SHARE:
        raise SourceError(
            f"{one.path} and {other.path} show the same frame in different colours", "Remove one of them."
        )


def _add_scribbles(
    frames: Mapping[int, Frame],
    scribbles: Scribbles,
    members: Sequence[Member],
    hints: dict[int, ColorHints],
    options: ColorizeOptions,
) -> None:
    """Add the predictions of members for frames with scribbles, so that their colours follow the tracks.

    Their confidence is less than that of painted colours. Pixels of hard scribbles have the confidence of
    painted colours, and are shown exactly on their own frame.
    """
    for member in members:
        scribbled = [frames[n] for n in sorted(member.guided_at) if n in frames]
        for frame in predict_frames(scribbled, [member], options=options.predict):
            assert frame.ab is not None
            hard = member.hard_at(frame.index)
            confidence = np.where(hard, np.float32(1), np.float32(_SCRIBBLE_CONFIDENCE))
            predicted = ColorHints(frame.ab[0], confidence, hard)
            before = hints.get(frame.index)
            hints[frame.index] = before.combined_with(predicted) if before else predicted


def _add_pins(
    frames: Mapping[int, Frame],
    pins: Sequence[Pin],
    first: int,
    hints: dict[int, ColorHints],
    options: ColorizeOptions,
) -> None:
    """Add pins. They have priority over other hints."""
    by_frame: dict[int, list[Pin]] = {}
    for pin in pins:
        by_frame.setdefault(pin.frame - first, []).append(pin)
    pinned = [frames[n] for n in sorted(by_frame) if n in frames]
    for frame in _cleaned(pinned, options):
        of_pins = hints_of_pins(parts_of_grey(frame.without_grain).regions, by_frame[frame.index])
        before = hints.get(frame.index)
        hints[frame.index] = of_pins.combined_with(before) if before else of_pins


def _remember(
    memory: Memory,
    album: WorkspaceAlbum | None,
    frames: Mapping[int, Frame],
    hints: Mapping[int, ColorHints],
    painted: Mapping[int, ColorHints],
    members: Sequence[Member],
    options: ColorizeOptions,
) -> None:
    """Add the predictions for frames with hints to the memory, and references to the album.

    Without a network the memory stays empty, because other methods predict the same for everything of one
    lightness. Pins are not added to the album.
    """
    hinted = _cleaned([frames[n] for n in sorted(hints)], options)
    if any(member.variant.kind == "network" for member in members):
        hinted = predict_frames(hinted, members, options=options.predict, layer="histogram")
    for frame in hinted:
        if album is not None and frame.index in painted:
            album.add(area_average(frame.without_grain), painted[frame.index])
        if frame.histogram is not None:
            memory.add(frame.histogram, parts_of_grey(frame.without_grain), hints[frame.index])


def _cleaned(frames: Iterable[Frame], options: ColorizeOptions) -> Iterator[Frame]:
    return clean_frames(frames) if options.denoises else iter(frames)
