"""Write the shots of a film as a timeline for editing programs, with doubts and corrections as markers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.annotations.pins import Pin, read_pins
from cartoonize.atomic import write_text
from cartoonize.errors import OutputError, SourceError, UsageError
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.colored_films import latest_confidence
from cartoonize.tasks.doubtful import describe_region
from cartoonize.tracking.confidence import ShotDoubt
from cartoonize.tracking.confidence_file import SUFFIX, FilmConfidence, confidence_path, read_confidence
from cartoonize.workspace import Workspace, fingerprint

if TYPE_CHECKING:
    from cartoonize.video.edit_list import EditList, Marker
    from cartoonize.video.film_media import FilmMedia

#: Suffixes of the files that can be written.
SUFFIXES = (".otio", ".edl")
#: Verdicts on regions that get a marker, and its colour.
_DOUBTS = {"probably wrong": "RED", "may be wrong": "ORANGE"}


@dataclass(frozen=True)
class TimelineOptions:
    """Options of `write_timeline`."""

    suggestions: int = 10
    """Largest number of frames with a marker because painting them would mend most."""
    force: bool = False
    """Replace an existing file."""


@dataclass(frozen=True)
class TimelineSummary:
    """Summary of a timeline that was written."""

    output: str
    n_shots: int
    n_markers: int


@dataclass(frozen=True)
class _Shot:
    """A shot of a film, before its media are known."""

    start: int
    stop: int
    """Half-open range of frames of the film, from 0."""
    doubt: ShotDoubt | None = None


def write_timeline(
    workspace: Workspace,
    film: Path,
    output: Path | None = None,
    *,
    options: TimelineOptions = TimelineOptions(),  # noqa: B008, frozen
    reporter: Reporter = LOG,
) -> TimelineSummary:
    """Write the shots of a film as OpenTimelineIO or as an edit list (CMX3600): one clip for each shot.

    Where the film was coloured along tracks, the shots are those of its confidence file. Regions whose
    colours are in doubt, pins, and the frames that are most worth painting become markers. Other films are
    searched for cuts.

    Parameters
    ----------
    workspace : Workspace
        Where ``pins.json`` is, and what is known about the colours of films.
    film : Path
        Coloured copy, its confidence file, a folder of clips or pictures, or a source.
    output : Path, optional
        File to write, ``.otio`` or ``.edl``. Default: beside the film, ``.otio``.
    options : TimelineOptions
        Number of suggestions.
    reporter : Reporter
        Receives progress and warnings.

    Raises
    ------
    UsageError, SourceError, OutputError
        If the suffix is unknown, the film cannot be read, or the file exists.
    """
    from cartoonize.video.edl import MAX_EVENTS, edl_text
    from cartoonize.video.film_media import film_media
    from cartoonize.video.otio import otio_text

    film = _film_of(film)
    output = output or film.with_name(film.stem + SUFFIXES[0])
    _check(output, options)
    confidence = _confidence(workspace, film)
    media = film_media(film, confidence.source if confidence else "")
    if confidence:
        shots = _known_shots(confidence, media)
    elif media.n_clips or _is_clip_of(media, film):
        shots = _shots_of_clips(media, film)
    else:
        shots = _detected_shots(film, reporter)
    if media.n_clips not in (0, len(shots)):
        raise SourceError(
            f"{film} has {media.n_clips} clips, but the film has {len(shots)} shots",
            "Colour it again with --clip-per-shot.",
        )
    pins = _pins(workspace, film, confidence)
    edit = _edit_list(media, shots, confidence, pins, options)
    is_edl = output.suffix.lower() == ".edl"
    if is_edl and len(edit.shots) > MAX_EVENTS:
        reporter.warning(f"{output}: {len(edit.shots)} shots; some programs read {MAX_EVENTS} from an EDL.")
    write_text(output, edl_text(edit) if is_edl else otio_text(edit))
    return TimelineSummary(str(output), len(edit.shots), edit.n_markers)


def _film_of(path: Path) -> Path:
    """Return the coloured copy for a path that may be its confidence file."""
    if not path.name.endswith(SUFFIX):
        return path
    return path.with_name(read_confidence(path).output or path.name.removesuffix(SUFFIX))


def _check(output: Path, options: TimelineOptions) -> None:
    if output.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{output}: unknown kind of timeline", f"Use a name that ends in {' or '.join(SUFFIXES)}."
        )
    if output.exists() and not options.force:
        raise OutputError(f"{output} exists already", "Use --force to replace it.")


def _confidence(workspace: Workspace, film: Path) -> FilmConfidence | None:
    """Return what is known about the colours of a film: of this copy, or of the source that it is."""
    if confidence_path(film).exists():
        return read_confidence(film)
    return latest_confidence(workspace, fingerprint(film)) if film.exists() else None


def _known_shots(confidence: FilmConfidence, media: FilmMedia) -> list[_Shot]:
    """Return the shots of a confidence file, with the frames of the coloured copy."""
    if not confidence.shots:
        raise SourceError(f"{media.name} has no shots in its confidence file", "Colour the film again.")
    starts = [_place(shot.start, shot.seconds, confidence, media) for shot in confidence.shots]
    last = confidence.shots[-1]
    end = max(media.n_frames or starts[-1] + last.stop - last.start, starts[-1] + 1)
    stops = [*starts[1:], end]
    return [_Shot(*part) for part in zip(starts, stops, confidence.shots, strict=True)]


def _place(frame: int, seconds: float, confidence: FilmConfidence, media: FilmMedia) -> int:
    """Return the number of a frame in the copy: by its time, because the frame rate may vary."""
    first = confidence.shots[0]
    if media.has_times:
        return round((seconds - first.seconds) * media.rate)
    return frame - first.start


def _is_clip_of(media: FilmMedia, film: Path) -> bool:
    """Return whether the only clip of a film is in the folder that was given."""
    return film.is_dir() and not media.parts[0].is_sequence


def _shots_of_clips(media: FilmMedia, film: Path) -> list[_Shot]:
    """Return the shots of clips without handles: one for each."""
    ends = [part.offset + part.n_frames for part in media.parts]
    if ends[:-1] != [part.offset for part in media.parts[1:]]:
        raise SourceError(
            f"{film}: the shots of its clips are not known, because they have handles and the film has no"
            " confidence file",
            "Colour the film along tracks, or without --handles.",
        )
    return [_Shot(part.offset, end) for part, end in zip(media.parts, ends, strict=True)]


def _detected_shots(film: Path, reporter: Reporter) -> list[_Shot]:
    """Return the shots between the cuts of a film."""
    from cartoonize.filters.number import number_drawings
    from cartoonize.video import open_source

    starts: list[int] = []
    shot, n_frames, place = -1, 0, 0
    with open_source(film) as source:
        form, rate = source.format, Fraction(source.format.frame_rate or 24)
        for frame in number_drawings(source.frames()):
            if n_frames == 0:
                first = frame.pts
            place = max(place + (n_frames > 0), round((frame.pts - first) * form.time_base * rate))
            if frame.shot != shot:
                starts.append(place)
                shot = frame.shot
            n_frames += 1
            reporter.progress(f"looking for cuts in {film.name}", n_frames, form.n_frames, unit="frames")
    return [_Shot(*part) for part in zip(starts, [*starts[1:], place + 1], strict=True)]


def _pins(workspace: Workspace, film: Path, confidence: FilmConfidence | None) -> list[Pin]:
    """Return the pins on a film, which are named by its source."""
    names = {film.stem, *([Path(confidence.source).stem] if confidence else [])}
    return [pin for pin in read_pins(workspace.pins) if pin.episode in names]


def _edit_list(
    media: FilmMedia,
    shots: Sequence[_Shot],
    confidence: FilmConfidence | None,
    pins: Sequence[Pin],
    options: TimelineOptions,
) -> EditList:
    from cartoonize.video.edit_list import EditedShot, EditList

    markers = list(_markers(media, shots, confidence, pins, options))
    edited = []
    for number, shot in enumerate(shots):
        within = [marker for marker in markers if shot.start <= marker.frame < shot.stop]
        edited.append(
            EditedShot(
                f"{media.name} {number + 1:04d}",
                shot.start,
                shot.stop,
                media.of_shot(number),
                tuple(sorted(within, key=lambda marker: marker.frame)),
                shot.doubt.confidence if shot.doubt else None,
            )
        )
    return EditList(media.name, media.rate, media.start, tuple(edited))


def _markers(
    media: FilmMedia,
    shots: Sequence[_Shot],
    confidence: FilmConfidence | None,
    pins: Sequence[Pin],
    options: TimelineOptions,
) -> Iterator[Marker]:
    """Yield doubts, pins and suggestions."""
    from cartoonize.video.edit_list import Marker

    offset = confidence.shots[0].start if confidence else 0
    for pin in pins:
        where = f"at {pin.x:.0%} from the left, {pin.y:.0%} from the top"
        yield Marker(pin.frame - offset, f"pinned colour {pin.color}", "GREEN", where)
    if confidence is None:
        return
    for shot in shots:
        for region in shot.doubt.regions if shot.doubt else ():
            if color := _DOUBTS.get(region.verdict):
                frame = _place(region.frame, region.seconds, confidence, media)
                kept = min(max(frame, shot.start), shot.stop - 1)
                yield Marker(kept, describe_region(region), color)  # type: ignore[arg-type]
    for number, suggestion in enumerate(confidence.suggestions[: options.suggestions], 1):
        frame = _place(suggestion.frame, suggestion.seconds, confidence, media)
        yield Marker(
            frame, f"paint this frame ({number})", "CYAN", f"mends {suggestion.mends:.0%} of the errors"
        )
