"""Evidence: everything that is known of films beside what networks predict, gathered before the work."""

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

#: Two references of one frame contradict each other if more than this share of what both paint is farther
#: apart in ab.
_APART, _SHARE = 20.0, 0.05
#: Confidence of the colours that a method makes of scribbles: less than that of painted or pinned ones.
_OF_SCRIBBLES = 0.95


@dataclass(frozen=True)
class Evidence:
    """What users and training episodes say about the films of one call."""

    hints: Sequence[Mapping[int, ColorHints]] = ()
    """For each film: known colours of some frames, by index."""
    memory: Memory = field(default_factory=Memory)
    """What networks predict for these, for similar regions in other shots and films."""
    album: WorkspaceAlbum | None = None
    """Where drawings are looked up."""

    def hints_of(self, number: int) -> Mapping[int, ColorHints]:
        """Return the hints for a film."""
        return self.hints[number] if self.hints else {}

    @property
    def find(self) -> Find | None:
        """Function that looks a drawing up, if there is an album with pages."""
        return self.album.find if self.album is not None and len(self.album) else None

    @property
    def album_fingerprint(self) -> str:
        """Fingerprint of the pages of the album; "" if there is none."""
        return self.album.fingerprint if self.album is not None and len(self.album) else ""


@dataclass(frozen=True)
class Given:
    """What a user gives for the tracks of films, read from files."""

    references: Sequence[Reference] = ()
    pins: Sequence[Pin] = ()
    scribbles: Scribbles | None = None

    def indices(self, film: Film) -> set[int]:
        """Return the indices of the frames of a film that pins and scribbles are on."""
        found = {pin.frame - film.first for pin in self.pins_on(film)}
        return found | ({n for n in self.scribbles.begin_at if n >= 0} if self.scribbles else set())

    def pins_on(self, film: Film) -> list[Pin]:
        """Return the pins on the part of a film that is coloured."""
        return [pin for pin in self.pins if pin.episode == film.path.stem and pin.frame >= film.first]


def locate_given(films: Sequence[Film], given: Given, reporter: Reporter) -> list[Located]:
    """Find the frames that annotations are about, in one pass over each film that needs one.

    Raises
    ------
    SourceError, UsageError
        If a reference has another aspect ratio, or a pin or scribble is after the end of its film.
    """
    for reference in given.references:
        hint = "A reference shows a whole frame, at any size."
        check_aspect(reference.path, reference.size, [film.source for film in films], hint)
    located = []
    for film in films:
        wanted = given.indices(film)
        label = f"looking for references in {film.path.name}" if given.references else ""
        frames = _counted(film.frames(rgb=film.with_color), label, film.n_expected, reporter)
        found = locate(frames, given.references, wanted=wanted, first=film.first)
        if not film.render.is_part:
            _check_end(film, given, wanted - found.frames.keys(), found.n_frames)
        located.append(found)
    return located


def _check_end(film: Film, given: Given, missing: set[int], n_frames: int) -> None:
    for pin in given.pins_on(film):
        if pin.frame - film.first in missing:
            raise UsageError(f"{pin} is after the end of {film.path.name}", "Remove the pin.")
    if missing:
        raise SourceError(
            f"there are scribbles for frame {min(missing)}, and {film.path} has {n_frames} frames",
            "Frames count from 0, as in the workspace's frames/.",
        )


def _counted(frames: Iterable[Frame], label: str, n_expected: int, reporter: Reporter) -> Iterator[Frame]:
    for n, frame in enumerate(frames, 1):
        if label:
            reporter.progress(label, n, n_expected)
        yield frame


def gather_evidence(
    films: Sequence[Film],
    given: Given,
    located: Sequence[Located],
    load: Callable[[], Sequence[Member]],
    options: ColorizeOptions,
    *,
    album: WorkspaceAlbum | None = None,
    reporter: Reporter,
) -> Evidence:
    """Return hints, memory and album for films that are coloured along tracks.

    References come first, then scribbles, then pins; where two of them give a colour, the more confident one
    counts, and pins win.

    Parameters
    ----------
    films : sequence of Film
        All films of the call.
    given : Given
        Annotations that were read.
    located : sequence of Located
        Their frames, one for each film, from `locate_given`.
    load : callable
        Returns the members; called only if there are hints.
    options : ColorizeOptions
        With tracks.
    album : WorkspaceAlbum, optional
        Gets the references as pages.
    reporter : Reporter
        Receives messages that say where references were found.

    Raises
    ------
    SourceError, UsageError
        If a reference shows no frame of the films, or annotations contradict each other.
    """
    painted = _hints_of_references(films, given.references, [found.sightings for found in located], reporter)
    hints = [dict(by_index) for by_index in painted]
    for film, found, by_index in zip(films, located, hints, strict=True):
        if given.scribbles is not None:
            _add_scribbles(found.frames, given.scribbles, load(), by_index, options)
        pins = given.pins_on(film)
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
    """Give each reference to the film with the most similar frame; return hints by index for each film."""
    hints: list[dict[int, ColorHints]] = [{} for _ in films]
    by_frame: dict[tuple[int, int], Reference] = {}
    for k, reference in enumerate(references):
        number = max(range(len(films)), key=lambda n: (sightings[n][k].frame >= 0, sightings[n][k].likeness))
        film, sighting = films[number], sightings[number][k]
        if sighting.frame < 0:
            error = _not_found(reference, film, sighting)
            if not film.render.is_part:
                raise error
            reporter.warning(f"{error.message}: it does not help the part that is coloured.")
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
    both = (one.hints.confidence > 0) & (other.hints.confidence > 0)
    apart = np.linalg.norm(one.ab - other.ab, axis=-1)[both]
    if len(apart) and (apart > _APART).mean() > _SHARE:
        raise SourceError(
            f"{one.path} and {other.path} show the same frame in different colours",
            "Remove one of them.",
        )


def _add_scribbles(
    frames: Mapping[int, Frame],
    scribbles: Scribbles,
    members: Sequence[Member],
    hints: dict[int, ColorHints],
    options: ColorizeOptions,
) -> None:
    """Add what members make of the frames that users scribbled on, so that it follows the tracks.

    Painted colours count more. Hard scribbles count as much as painted colours, and are shown to the pixel
    on their own frame.
    """
    for member in members:
        on = [frames[n] for n in sorted(member.guided_at) if n in frames]
        for frame in predict_frames(on, [member], options=options.predict):
            assert frame.ab is not None
            hard = member.hard_at(frame.index)
            made = ColorHints(frame.ab[0], np.where(hard, np.float32(1), np.float32(_OF_SCRIBBLES)), hard)
            before = hints.get(frame.index)
            hints[frame.index] = before.combined_with(made) if before else made


def _add_pins(
    frames: Mapping[int, Frame],
    pins: Sequence[Pin],
    first: int,
    hints: dict[int, ColorHints],
    options: ColorizeOptions,
) -> None:
    """Add pins; where pins and other hints give a colour, the pins win."""
    by_frame: dict[int, list[Pin]] = {}
    for pin in pins:
        by_frame.setdefault(pin.frame - first, []).append(pin)
    on = [frames[n] for n in sorted(by_frame) if n in frames]
    for frame in _cleaned(on, options):
        pinned = hints_of_pins(parts_of_grey(frame.without_grain).regions, by_frame[frame.index])
        before = hints.get(frame.index)
        hints[frame.index] = pinned.combined_with(before) if before else pinned


def _remember(
    memory: Memory,
    album: WorkspaceAlbum | None,
    frames: Mapping[int, Frame],
    hints: Mapping[int, ColorHints],
    painted: Mapping[int, ColorHints],
    members: Sequence[Member],
    options: ColorizeOptions,
) -> None:
    """Add to the memory what the members predict for frames with hints; add references to the album.

    Without a network the memory stays empty: floors predict the same for everything of one lightness. Pins
    are not added to the album.
    """
    seen = _cleaned([frames[n] for n in sorted(hints)], options)
    if any(member.variant.kind == "network" for member in members):
        seen = predict_frames(seen, members, options=options.predict, layer="histogram")
    for frame in seen:
        if album is not None and frame.index in painted:
            album.add(area_average(frame.without_grain), painted[frame.index])
        if frame.histogram is not None:
            memory.add(frame.histogram, parts_of_grey(frame.without_grain), hints[frame.index])


def _cleaned(frames: Iterable[Frame], options: ColorizeOptions) -> Iterator[Frame]:
    return clean_frames(frames) if options.denoises else iter(frames)
