"""Decode episodes, select the frames that differ, and save those small and lossless (thesis, 4.1.2)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cartoonize.atomic import output_error
from cartoonize.coloring.area_files import AreaFile
from cartoonize.detect.duplicates import MSE_THRESHOLD
from cartoonize.errors import OutputError, SourceError, UsageError
from cartoonize.film_parts import whole_disc, whole_film
from cartoonize.filters.areas import AreaFinder, PictureAreas
from cartoonize.frames import COLOR_SIZE, Frame
from cartoonize.prefetch import map_parallel, n_cores, prefetch
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import (
    Credits,
    EpisodeRecord,
    Manifest,
    Range,
    Workspace,
    episode_name,
    fingerprint,
    fingerprint_of,
    picture_name,
)

if TYPE_CHECKING:
    from cartoonize.video.source import Source

#: Areas of a film without bars.
_NO_BARS = PictureAreas((0,), (None,))
#: File in a folder of pictures with the fingerprint of the record that they belong to.
_LABEL = ".made-from"
#: End of the fingerprint of pictures that were made with ``bars=False``.
_WITH_BARS = " with bars"


@dataclass(frozen=True)
class ExtractOptions:
    """Options of `extract`."""

    threshold: float = MSE_THRESHOLD
    """A frame is kept if its mean squared error against the last kept frame, over pixels and channels in
    0..255, exceeds this (equation 4.1)."""
    size: int = COLOR_SIZE
    """Width and height of the saved pictures, in pixels."""
    allow_damaged: bool = False
    """Use what can be decoded of a damaged file."""
    bars: bool = True
    """Find black bars around the picture, and cut them off; continue the picture into round corners."""

    def __post_init__(self) -> None:
        if not self.threshold >= 0:
            raise UsageError(
                f"threshold must be at least 0, got {self.threshold:g}",
                f"The default is {MSE_THRESHOLD:g}; 0 keeps every frame that differs at all.",
            )
        if self.size < 64 or self.size > 4096:
            raise UsageError(
                f"size must be 64 to 4096, got {self.size}",
                f"The default is {COLOR_SIZE}, the size at which networks learn.",
            )


@dataclass(frozen=True)
class ExtractSummary:
    """Result of extracting one source."""

    name: str
    n_decoded: int
    n_accepted: int
    frame_rate: float
    size: int
    damage: list[str]
    """Parts of a damaged source that were skipped, one line each."""
    as_before: bool = False
    """True if nothing was done because the episode is up to date."""


def extract(
    workspace: Workspace,
    sources: list[Path],
    *,
    options: ExtractOptions,
    again: bool = False,
    reporter: Reporter = LOG,
) -> list[ExtractSummary]:
    """Extract videos or folders of stills into the workspace and add them to its manifest.

    Skips episodes that are complete and come from the same source with the same options. A source that was
    moved or renamed is known by its content.

    Parameters
    ----------
    workspace : Workspace
    sources : list of Path
    options : ExtractOptions
    again : bool
        Also extract episodes that are up to date.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of ExtractSummary
        One per source, in order.

    Raises
    ------
    SourceError
        If a source cannot be read. The sources before it are kept.
    OutputError
        If the workspace cannot be written.
    """
    summaries = []
    with workspace.locked(new=True):
        for source in map(whole_disc, sources):
            manifest = workspace.load()
            name = _name(source, manifest)
            old = manifest.episodes.get(name)
            if old is not None and not again and _is_up_to_date(workspace, source, old, options):
                if old.source != str(source.resolve()):
                    workspace.save(manifest.with_episodes(replace(old, source=str(source.resolve()))))
                summaries.append(_summary(old, as_before=True))
            else:
                record = _extract_one(workspace, source, name, options, reporter)
                if old is not None and old.sha256 == record.sha256:
                    record = replace(record, credits=_valid_credits(old, record))
                workspace.save(manifest.with_episodes(record))
                summaries.append(_summary(record))
            for line in summaries[-1].damage:
                reporter.warning(f"{name} {line}")
    return summaries


def _name(source: Path, manifest: Manifest) -> str:
    """Return the name of the episode with the content of a source, or a new name.

    A film that was moved or renamed is the episode that it was.
    """
    name = episode_name(source, manifest.episodes)
    is_new = name not in manifest.episodes and (whole_film(source).is_file() or source.is_dir())
    gone = [e for e in manifest.episodes.values() if not whole_film(Path(e.source)).exists()]
    if is_new and gone:
        content = fingerprint(source)
        name = next((e.name for e in gone if e.sha256 == content), name)
    return name


def _summary(record: EpisodeRecord, *, as_before: bool = False) -> ExtractSummary:
    rate = round(float(Fraction(record.frame_rate)), 6)
    n_accepted, damage = len(record.frames), list(record.damage)
    return ExtractSummary(
        record.name, record.n_decoded, n_accepted, rate, record.size, damage, as_before=as_before
    )


def _is_up_to_date(
    workspace: Workspace, source: Path, record: EpisodeRecord, options: ExtractOptions
) -> bool:
    """Return whether extracting the source would give the pictures that the episode has."""
    if (record.threshold, record.size) != (options.threshold, options.size):
        return False
    if record.damage and not options.allow_damaged:
        return False  # extracting again raises the error that names the damage
    folder = workspace.frames(record.name)
    pictures = (folder / picture_name(index) for index, _ in record.frames)
    try:
        made_from = (folder / _LABEL).read_text(encoding="utf-8")
        is_complete = all(path.stat().st_size for path in pictures)
    except (OSError, UnicodeDecodeError):
        return False
    label = made_from.removesuffix(_WITH_BARS)
    # Pictures of earlier versions have bars if the film has any. They are kept until they are made anew.
    return (
        is_complete
        and label == _label(record)
        and (options.bars or made_from != label)
        and fingerprint(source) == record.sha256
    )


def _label(record: EpisodeRecord) -> str:
    """Return the fingerprint that ties a folder of pictures to its record.

    If the program is killed, one of the two may have been replaced and the other not.
    """
    return fingerprint_of([record.sha256, record.threshold, record.size, record.frames, record.damage])


def _valid_credits(old: EpisodeRecord, new: EpisodeRecord) -> Credits:
    """Return the marks that hold for the new record.

    Marks by hand number frames of the source and stay valid. Detected ones depend on the kept frames.
    """
    if new.frames == old.frames:
        return old.credits
    return Credits(marked=old.credits.marked, unmarked=old.credits.unmarked)


def _extract_one(
    workspace: Workspace, source: Path, name: str, options: ExtractOptions, reporter: Reporter
) -> EpisodeRecord:
    from cartoonize.video import open_source

    folder = workspace.frames(name)
    temporary = folder.with_name(f".{name}.part")
    with open_source(source, allow_damaged=options.allow_damaged) as video:
        content = fingerprint(source)
        areas = AreaFile(workspace.cache, video, content)
        known = areas.read() if options.bars else PictureAreas()
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            saved = _save_frames(video, temporary, name, options, known, reporter)
            if known is None and not video.damage:
                areas.write(saved.areas)
            record = EpisodeRecord(
                name=name,
                source=str(source.resolve()),
                sha256=content,
                height=video.format.height,
                width=video.format.width,
                frame_rate=str(video.format.frame_rate),
                time_base=str(video.format.time_base),
                n_decoded=saved.n_decoded,
                threshold=options.threshold,
                size=options.size,
                frames=tuple(saved.kept),
                damage=tuple(video.damage),
            )
            label = _label(record) + ("" if options.bars else _WITH_BARS)
            (temporary / _LABEL).write_text(label, encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            temporary.replace(folder)
        except OSError as error:
            raise output_error(folder, error) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return record


@dataclass(frozen=True)
class _Assumed:
    """Picture areas with which a pass begins."""

    areas: PictureAreas
    n_seen: int = 0
    """Number of frames that showed them."""
    is_certain: bool = False
    """True if those were all frames."""

    def is_checked(self, n_frames: int) -> bool:
        """Return whether areas are compared after so many frames: 64, 128, 256, and so on."""
        return n_frames > max(self.n_seen, 63) and n_frames & (n_frames - 1) == 0


@dataclass(frozen=True)
class _Saved:
    """Result of a pass over a source."""

    areas: PictureAreas
    """Picture areas of the frames that were read."""
    is_whole: bool
    """False if the pass ended early because the areas are not those that were assumed."""
    n_decoded: int
    kept: list[Range]
    """Index and pts of each saved frame."""


def _save_frames(
    video: Source,
    folder: Path,
    name: str,
    options: ExtractOptions,
    known: PictureAreas | None,
    reporter: Reporter,
) -> _Saved:
    """Save the frames that differ, without bars.

    The bars are known for certain at the end of the film. A pass assumes those that were found so far, and
    none at first. It begins anew if it finds others: mostly early, and for most films never.

    Parameters
    ----------
    known : PictureAreas, optional
        Areas that were found before.
    """
    assumed = _Assumed(_NO_BARS) if known is None else _Assumed(known, is_certain=True)
    while True:
        saved = _save_assuming(assumed, video, folder, name, options, reporter)
        if assumed.is_certain or saved.areas == assumed.areas:
            break
        assumed = _Assumed(saved.areas, saved.n_decoded, is_certain=saved.is_whole)
        for picture in folder.iterdir():
            picture.unlink()
    if not saved.kept:
        raise SourceError(f"{video.path}: contains no frames", "Choose a video that plays.")
    if line := saved.areas.description(video.format, "are left out"):
        reporter.info(f"{name}: {line}")
    return saved


def _save_assuming(
    assumed: _Assumed,
    video: Source,
    folder: Path,
    name: str,
    options: ExtractOptions,
    reporter: Reporter,
) -> _Saved:
    """Save the frames that differ in these areas, unless the film turns out to have others."""
    from cartoonize.detect.duplicates import Dedup

    finder = AreaFinder(interlaced=video.format.field_order != "progressive")
    dedup = Dedup(options.threshold)
    n_decoded, is_whole = 0, True
    report = partial(reporter.progress, f"extracting {name}", total=video.format.n_frames, unit="frames")

    def accepted(frames: Iterable[Frame]) -> Iterator[Frame]:
        nonlocal n_decoded, is_whole
        report(0)
        for frame in frames:
            n_decoded += 1
            report(n_decoded)
            if not assumed.is_certain:
                finder.add(frame)
                if assumed.is_checked(n_decoded) and finder.areas != assumed.areas.until(n_decoded):
                    is_whole = False
                    return
            assert frame.color is not None
            area = assumed.areas.at(frame.index)
            color = frame.color if area is None else frame.color.cropped(area)
            if dedup.accepts(color):
                yield frame.having(color=color)

    def save(frame: Frame) -> Range:
        _save_picture(folder / picture_name(frame.index), frame, options.size)
        return frame.index, frame.pts

    with (
        closing(prefetch(video.frames(color=True), size=2)) as ahead,  # decodes while pictures are compared
        closing(map_parallel(save, accepted(ahead), n_threads=n_cores())) as saving,
    ):
        kept = list(saving)
    areas = assumed.areas if assumed.is_certain else finder.areas
    return _Saved(areas, is_whole, n_decoded, kept)


def _save_picture(file: Path, frame: Frame, size: int) -> None:
    import cv2

    assert frame.color is not None
    bgr = np.ascontiguousarray(frame.color.small(size)[..., ::-1])
    encoded, data = cv2.imencode(".png", bgr)
    if not encoded:
        raise OutputError(f"{file}: OpenCV could not encode a PNG", "Run `cartoonize doctor`.")
    file.write_bytes(data.tobytes())
