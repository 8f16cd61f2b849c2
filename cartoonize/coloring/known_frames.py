"""What users say of the films that are going to be coloured: references, scribbles and pins, by frame."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from cartoonize.annotations.pins import Pin, hints_of_pins
from cartoonize.annotations.references import Reference, Sighting, read_references, sight_references
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.films import Film, another_aspect, first_frame
from cartoonize.errors import SourceError, UsageError
from cartoonize.filters.clean import clean_frames
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.frames import Frame, area_average
from cartoonize.methods.member import Member
from cartoonize.tracking.carry import ColorHints
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of_grey

#: Two references of one frame contradict each other if more of what both paint is farther apart in ab.
_APART, _SHARE = 20.0, 0.05
#: How sure is what a method makes of scribbles: less than what is painted or pinned.
_OF_SCRIBBLES = 0.95


def hints_of_references(
    films: Sequence[Film],
    paths: Sequence[Path],
    *,
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
    announce: Callable[[str], None] = lambda line: None,
    notify: Callable[[str], None] = lambda line: None,
) -> list[dict[int, ColorHints]]:
    """Read references, find their frames, and return what is known of each film, by index.

    Every film is decoded once for that.

    Parameters
    ----------
    films : sequence of Film
    paths : sequence of Path
        Pictures, or folders of them.
    progress : callable
        Called with (label, frames looked at, frames expected or 0).
    announce : callable
        Called with a line for each reference: where it was found.
    notify : callable
        Called with lines that the user should read: references outside of the part that is coloured.

    Raises
    ------
    SourceError
        If a reference cannot be read, is of none of the films, has another aspect, or contradicts another.
    """
    known: list[dict[int, ColorHints]] = [{} for _ in films]
    references = read_references(paths)
    for reference in references:
        _check_aspect(reference, films)
    sightings = [_sightings(film, references, progress) for film in films]
    files: dict[tuple[int, int], Reference] = {}
    for k, reference in enumerate(references):
        number = max(range(len(films)), key=lambda n: (sightings[n][k].frame >= 0, sightings[n][k].likeness))
        film, sighting = films[number], sightings[number][k]
        if sighting.frame < 0:
            line = _not_found(reference, film, sighting)
            if film.render.is_part:
                notify(f"{line.message}: of no use for the part that is coloured.")
                continue
            raise line
        place = (number, sighting.frame)
        announce(f"{reference.path} is frame {sighting.frame + _first(film)} of {film.path.name}")
        if place in files:
            _check_agreement(files[place], reference)
            known[number][sighting.frame] = known[number][sighting.frame].besides(reference.known)
        else:
            known[number][sighting.frame], files[place] = reference.known, reference
    return known


def _first(film: Film) -> int:
    return first_frame(film.source, film.render)


def _sightings(
    film: Film, references: Sequence[Reference], progress: Callable[[str, int, int], None]
) -> list[Sighting]:
    def counted() -> Iterator[Frame]:
        for n, frame in enumerate(film.frames(), 1):
            progress(f"looking for references in {film.path.name}", n, film.n_expected)
            yield frame

    return sight_references(counted(), references, first=_first(film))


def _check_aspect(reference: Reference, films: Sequence[Film]) -> None:
    if not any(film.source.format.has_aspect_of(*reference.size) for film in films):
        hint = "A reference shows a whole frame, at any size."
        raise another_aspect(reference.path, reference.size, films[0].source, hint)


def _not_found(reference: Reference, film: Film, sighting: Sighting) -> SourceError:
    return SourceError(
        f"{reference.path} is no frame of {film.path.name} (the most alike is frame"
        f" {sighting.index + _first(film)}, likeness {max(sighting.likeness, 0):.2f} of 1)",
        "Keep light and dark of the frame when painting, or name the file by the frame's number: 000120.png.",
    )


def _check_agreement(one: Reference, other: Reference) -> None:
    both = (one.known.sure > 0) & (other.known.sure > 0)
    apart = np.linalg.norm(one.known.ab - other.known.ab, axis=-1)[both]
    if len(apart) and (apart > _APART).mean() > _SHARE:
        raise SourceError(
            f"{one.path} and {other.path} are of one frame and colour it differently",
            "Leave one of them out.",
        )


def add_scribbles(
    films: Sequence[Film],
    members: Sequence[Member],
    known: list[dict[int, ColorHints]],
    *,
    options: PredictOptions,
) -> None:
    """Add what members make of the frames that users scribbled on, so that it goes along the tracks.

    What is painted counts more; hard scribbles are as good as painted, and shown to the pixel on their
    own frame. A film is decoded as far as to the last of those frames.

    Parameters
    ----------
    films : sequence of Film
    members : sequence of Member
    known : list of dict of int to ColorHints
        One a film, as from `hints_of_references`.
    options : PredictOptions
    """
    for member in members:
        for film, by_index in zip(films, known, strict=True):
            frames = _picked(film, [index for index in member.guided_at if index >= 0])
            for frame in predict_frames(frames, [member], options=options):
                assert frame.ab is not None
                hard = member.hard_at(frame.index)
                sure = np.where(hard, np.float32(1), np.float32(_OF_SCRIBBLES))
                before = by_index.get(frame.index)
                made = ColorHints(frame.ab[0], sure, hard)
                by_index[frame.index] = before.besides(made) if before else made


def add_pins(
    films: Sequence[Film],
    pins: Sequence[Pin],
    known: list[dict[int, ColorHints]],
    *,
    clean: bool = False,
    announce: Callable[[str], None] = lambda line: None,
) -> None:
    """Add what pins say to what is known of films; where both speak, pins win.

    A film with pins is decoded as far as to the last of them.

    Parameters
    ----------
    films : sequence of Film
    pins : sequence of Pin
        Those of other films are left alone.
    known : list of dict of int to ColorHints
        One a film, as from `hints_of_references`.
    clean : bool
        Whether grain is taken out before regions are found.
    announce : callable
        Called with a line for each film that has pins.

    Raises
    ------
    UsageError
        If two pins contradict each other, or one is after the film's end.
    """
    for film, by_index in zip(films, known, strict=True):
        by_frame: dict[int, list[Pin]] = {}
        for pin in pins:
            if pin.episode == film.path.stem and pin.frame >= _first(film):
                by_frame.setdefault(pin.frame - _first(film), []).append(pin)
        if not by_frame:
            continue
        announce(f"{sum(map(len, by_frame.values()))} pin(s) on {film.path.name}")
        for frame in _frames_at(film, set(by_frame), clean=clean):
            pinned = hints_of_pins(frame.seen, by_frame.pop(frame.index))
            before = by_index.get(frame.index)
            by_index[frame.index] = pinned.besides(before) if before else pinned
        if by_frame and not film.render.is_part:
            late = by_frame[min(by_frame)][0]
            raise UsageError(f"{late} is after the end of {film.path.name}", "Take it away.")


def remember(
    films: Sequence[Film],
    members: Sequence[Member],
    known: Sequence[Mapping[int, ColorHints]],
    *,
    options: PredictOptions,
    painted: Sequence[Mapping[int, ColorHints]] = (),
    album: WorkspaceAlbum | None = None,
    clean: bool = False,
) -> Memory:
    """Return what the members make of the frames of which colours are known, beside those colours.

    Without a network it stays empty: floors say the same of everything that is equally light.

    An album gets the references, too, but no pins: shots are coloured again where the album changes.

    Parameters
    ----------
    films : sequence of Film
    members : sequence of Member
    known : sequence of mapping of int to ColorHints
        One a film.
    options : PredictOptions
    painted : sequence of mapping of int to ColorHints
        What of that is from references, one a film.
    album : WorkspaceAlbum, optional
        Gets it.
    clean : bool
        Whether grain is taken out first.
    """
    memory = Memory()
    learned = any(member.variant.kind == "network" for member in members)
    painted = painted or [{} for _ in films]
    for film, by_index, references in zip(films, known, painted, strict=True):
        frames = _frames_at(film, by_index, clean=clean)
        if learned:
            frames = predict_frames(frames, members, options=options, layer="histogram")
        for frame in frames:
            if album is not None and frame.index in references:
                album.add(area_average(frame.seen), references[frame.index])
            if frame.histogram is not None:
                memory.add(frame.histogram, parts_of_grey(frame.seen), by_index[frame.index])
    return memory


def _frames_at(film: Film, indices: Collection[int], *, clean: bool) -> Iterator[Frame]:
    """Return the frames with these indices, each as a drawing of its own."""
    frames = _picked(film, indices)
    return clean_frames(frames) if clean else frames


def _picked(film: Film, indices: Collection[int]) -> Iterator[Frame]:
    """Yield frames up to the last one that is wanted."""
    left = len(indices)
    if not left:
        return
    for frame in film.frames(rgb=film.with_color):
        if frame.index in indices:
            yield frame.having(drawing=frame.index, shot=0)
            left -= 1
            if not left:
                return
