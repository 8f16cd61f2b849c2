"""Evidence: known colours of films, in addition to predictions. It is gathered before films are coloured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints, fingerprint_of_arrays
from cartoonize.annotations.pins import Pin, hints_of_pins, pinned_region
from cartoonize.annotations.unpainted import is_unpainted, painted_hints
from cartoonize.color.lab import lightness_on_grid
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.annotated_films import AnnotatedFilm, TrackAnnotations
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.coloring.whole_frames import pin_in_area, reference_in_area
from cartoonize.errors import SourceError
from cartoonize.filters.clean import clean_frames
from cartoonize.filters.predict import predict_frames
from cartoonize.filters.track_sources import Find
from cartoonize.frames import COLOR_SIZE, Frame, area_average
from cartoonize.methods.member import Member
from cartoonize.reporting import Reporter, counted
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of_grey
from cartoonize.tracking.patches import without_patches

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
    painted: Sequence[Mapping[int, ColorHints]] = ()
    """The same without pins."""
    memory: Memory = field(default_factory=Memory)
    """Predictions for the hints, by which similar regions of other shots and films get their colours."""
    album: WorkspaceAlbum | None = None
    """Album in which drawings are looked up, or None."""
    has_references: bool = False
    """True if a reference is used."""

    def hints_of(self, number: int) -> Mapping[int, ColorHints]:
        """Return the hints for a film."""
        return self.hints[number] if self.hints else {}

    def painted_on(self, number: int) -> Mapping[int, ColorHints]:
        """Return the hints for a film without pins."""
        return self.painted[number] if self.painted else {}

    @property
    def find(self) -> Find | None:
        """Function that looks a drawing up; None without an album or if it is empty."""
        return self.album.find if self.album is not None and len(self.album) else None

    @property
    def album_or_none(self) -> WorkspaceAlbum | None:
        """The album; None without an album or if it is empty."""
        return self.album if self.album is not None and len(self.album) else None

    @property
    def album_fingerprint(self) -> str:
        """Fingerprint of the pages of the album; "" without an album or if it is empty."""
        return self.album.fingerprint if self.album is not None and len(self.album) else ""


def gather_evidence(
    annotated: Sequence[AnnotatedFilm],
    annotations: TrackAnnotations,
    load: Callable[[], Sequence[Member]],
    options: ColorizeOptions,
    *,
    album: WorkspaceAlbum | None = None,
    reporter: Reporter,
) -> Evidence:
    """Return hints, memory and album for films that are coloured along tracks.

    If several annotations give a pixel a colour, pins have priority. Of references and scribbles, the more
    confident colour counts; if equal, that of the reference. Hints outside of the part that is coloured help
    through the memory and the album.

    Parameters
    ----------
    annotated : sequence of AnnotatedFilm
        All films of the call, from `locate_annotations`.
    annotations : TrackAnnotations
        Annotations that were read.
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
        If annotations contradict each other.
    """
    painted = [_hints_of_references(one, annotations, reporter) for one in annotated]
    hints = [dict(by_index) for by_index in painted]
    remembered, without_pins = [], []
    for one, by_index in zip(annotated, hints, strict=True):
        if annotations.scribbles is not None:
            _add_scribbles(one.frames, annotations.scribbles, load(), by_index, options)
        without_pins.append(dict(by_index))
        everywhere = dict(by_index)
        pins = annotations.pins_on(one.film)
        if pins:
            reporter.info(f"{counted(len(pins), 'pin')} on {one.film.path.name}")
            _add_pins(one, pins, by_index, options)
            _add_pins(one, [pin for pin in pins if pin.reach == "everywhere"], everywhere, options)
        remembered.append(everywhere)
    memory = Memory()
    for number, (one, by_index, references) in enumerate(zip(annotated, remembered, painted, strict=True)):
        for frame in _predicted(one.frames, by_index, load, options):
            parts = parts_of_grey(frame.without_grain)
            if album is not None and frame.index in references:
                whole = without_patches(references[frame.index], parts)
                if len(whole):
                    album.add(area_average(frame.without_grain), whole)
            if frame.histogram is not None:
                pinned = _pinned_regions(one, annotations.pins_on(one.film), frame.index, parts.regions)
                known = without_patches(by_index[frame.index], parts)
                memory.add(frame.histogram, parts, known, frame.descriptors, film=number, pins=pinned)
    if album is not None and len(album):
        reporter.info(f"Drawings are looked up among {len(album)} coloured drawings.")
    return Evidence(hints, without_pins, memory, album, any(painted))


def _hints_of_references(
    one: AnnotatedFilm, annotations: TrackAnnotations, reporter: Reporter
) -> dict[int, ColorHints]:
    """Return the hints of the references for a film, by index. References without paint are left out."""
    hints: dict[int, ColorHints] = {}
    for index, references in sorted(one.references.items()):
        grey = one.frames[index].grey
        lightness, parts = lightness_on_grid(grey, COLOR_SIZE, COLOR_SIZE), parts_of_grey(grey)
        used: list[tuple[Reference, ColorHints]] = []
        area, format = one.film.cropped_to(index), one.film.source.format
        cropped = [reference_in_area(reference, area, format) for reference in references]
        for reference in sorted(cropped, key=_content):  # in any order, the result is the same
            if not _is_painted(reference, lightness, annotations, reporter):
                continue
            reporter.info(_place(reference, one, index))
            painted = reference.hints
            if annotations.grey_shares is not None:
                painted = painted_hints(
                    reference, lightness, parts.regions, parts.lines, annotations.grey_shares
                )
            for other, others in used:
                _check_agreement(other, others, reference, painted)
            used.append((reference, painted))
            hints[index] = hints[index].combined_with(painted) if index in hints else painted
    return hints


def _is_painted(
    reference: Reference,
    lightness: NDArray[np.float32],
    annotations: TrackAnnotations,
    reporter: Reporter,
) -> bool:
    """Return whether a reference has colours; if not, say so."""
    if is_unpainted(reference, lightness):
        reporter.warning(f"not painted yet: {reference.path.name}")
        return False
    if reference.has_color() or annotations.grey_shares is None:
        return True
    reporter.warning(f"Not used: {reference.path} has no colour. Use --grey-is-known if it must be grey.")
    return False


def _content(reference: Reference) -> str:
    return fingerprint_of_arrays(reference.hints.ab, reference.hints.confidence)


def _place(reference: Reference, one: AnnotatedFilm, index: int) -> str:
    outside = "" if one.colors(index) else ", outside of the part that is coloured"
    return f"{reference.path} is frame {index + one.first} of {one.film.path.name}{outside}"


def _check_agreement(one: Reference, hints: ColorHints, other: Reference, others: ColorHints) -> None:
    """Raise `SourceError` if two references of one frame have different colours."""
    both = (hints.confidence > 0) & (others.confidence > 0)
    distance = np.linalg.norm(hints.ab - others.ab, axis=-1)[both]
    if len(distance) and (distance > _MAX_DISTANCE).mean() > _MAX_SHARE:
        first, second = sorted((one.path, other.path))
        raise SourceError(
            f"{first} and {second} show the same frame in different colours", "Remove one of them."
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
    painted colours, and are shown exactly on their own frame. Nothing is said about the ink of outlines,
    because methods spread the colours of scribbles over them.
    """
    for member in members:
        scribbled = [frames[n] for n in sorted(member.guided_at) if n in frames]
        for frame in predict_frames(scribbled, [member], options=options.predict):
            assert frame.ab is not None
            hard = member.hard_at(frame.index)
            lines = parts_of_grey(frame.without_grain).lines
            confidence = np.where(lines, np.float32(0), np.float32(_SCRIBBLE_CONFIDENCE))
            confidence[hard] = 1
            predicted = ColorHints(frame.ab[0], confidence, hard)
            before = hints.get(frame.index)
            hints[frame.index] = before.combined_with(predicted) if before else predicted


def _add_pins(
    one: AnnotatedFilm, pins: Sequence[Pin], hints: dict[int, ColorHints], options: ColorizeOptions
) -> None:
    """Add pins. They have priority over other hints."""
    by_frame: dict[int, list[Pin]] = {}
    for pin in pins:
        by_frame.setdefault(pin.frame - one.first, []).append(_placed(one, pin))
    pinned = [one.frames[n] for n in sorted(by_frame) if n in one.frames]
    for frame in _cleaned(pinned, options):
        parts = parts_of_grey(frame.without_grain)
        of_pins = hints_of_pins(parts.regions, parts.lines, parts.lightness, by_frame[frame.index])
        before = hints.get(frame.index)
        hints[frame.index] = of_pins.combined_with(before) if before else of_pins


def _placed(one: AnnotatedFilm, pin: Pin) -> Pin:
    """Return a pin with its position in the picture area."""
    return pin_in_area(pin, one.film.cropped_to(pin.frame - one.first), one.film.source.format)


def _pinned_regions(
    one: AnnotatedFilm, pins: Sequence[Pin], index: int, regions: NDArray[np.int32]
) -> dict[int, int]:
    """Return the numbers of the pins on a frame whose colours go everywhere, by region."""
    on_frame = [pin for pin in pins if pin.frame - one.first == index and pin.reach == "everywhere"]
    return {pinned_region(regions, _placed(one, pin)): pin.number for pin in on_frame}


def _predicted(
    frames: Mapping[int, Frame],
    hints: Mapping[int, ColorHints],
    load: Callable[[], Sequence[Member]],
    options: ColorizeOptions,
) -> Iterable[Frame]:
    """Yield the frames with hints, with ``histogram`` if a network colours.

    Other methods predict the same for everything of one lightness, so that nothing can be recognised.
    """
    if not hints:
        return ()
    members = load()
    hinted = _cleaned([frames[n] for n in sorted(hints)], options)
    if any(member.variant.kind == "network" for member in members):
        return predict_frames(hinted, members, options=options.predict, layer="histogram")
    return hinted


def _cleaned(frames: Iterable[Frame], options: ColorizeOptions) -> Iterator[Frame]:
    return clean_frames(frames) if options.denoises else iter(frames)
