"""Extract: decode episodes, keep the frames that differ, save them small and lossless (thesis 4.1.2)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from cartoonize.atomic import output_error
from cartoonize.errors import OutputError, SourceError, UsageError
from cartoonize.frames import COLOR_SIZE, Frame, area_average
from cartoonize.workspace import (
    Credits,
    EpisodeRecord,
    Workspace,
    episode_name,
    fingerprint,
    fingerprint_of,
    picture_name,
)



@dataclass(frozen=True)
class ExtractOptions:
    """What to keep of an episode."""

    threshold: float = 20.0
    """A frame is kept if its mean squared difference to the last kept one, over pixels and channels in
    0..255, exceeds this (equation 4.1)."""
    size: int = COLOR_SIZE
    """Side of the saved pictures."""
    allow_damaged: bool = False
    """Take what can be decoded of a damaged file."""

    def __post_init__(self) -> None:
        if not self.threshold >= 0:
            raise UsageError(f"threshold {self.threshold:g} is not 0 or more", "The default is 20.")
        if self.size < 64 or self.size > 4096:
            raise UsageError(f"size {self.size} is not in 64..4096", "Networks learn at 256.")


@dataclass(frozen=True)
class ExtractSummary:
    """What came of one source."""

    name: str
    n_decoded: int
    n_accepted: int
    frame_rate: float
    size: int
    damage: list[str]
    """What was passed over of a damaged source, a line each."""
    as_before: bool = False
    """Whether it was there already, from the same source with the same options: then nothing was done."""


def extract_frames(frames: Iterable[Frame], *, options: ExtractOptions) -> Iterator[Frame]:
    """Yield the frames that differ from the last one yielded; they must carry ``rgb``."""
    from cartoonize.detect.duplicates import Dedup

    dedup = Dedup(options.threshold)
    for frame in frames:
        assert frame.rgb is not None
        if dedup.accepts(frame.rgb):
            yield frame


def extract(
    workspace: Workspace,
    sources: list[Path],
    *,
    options: ExtractOptions,
    again: bool = False,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> list[ExtractSummary]:
    """Extract videos or folders of stills into the workspace and enter them in its manifest.

    Parameters
    ----------
    workspace : Workspace
    sources : list of Path
    options : ExtractOptions
    again : bool
        Also extract what is there already, whole, from the same source with the same options.
    progress : callable
        Called with (episode, frames decoded, frames expected or 0).

    Returns
    -------
    list of ExtractSummary

    Raises
    ------
    SourceError
        If a source cannot be read; sources before it are kept.
    OutputError
        If the workspace cannot be written.
    """
    summaries = []
    with workspace.locked(new=True):
        for source in sources:
            manifest = workspace.load()
            name = episode_name(source, manifest.episodes)
            old = manifest.episodes.get(name)
            if old is not None and not again and _is_there(workspace, source, old, options):
                summaries.append(_summary(old, as_before=True))
                continue
            record = _extract_one(workspace, source, name, options, progress)
            if old is not None and old.sha256 == record.sha256:
                record = replace(record, credits=_credits_kept(old, record))
            workspace.save(manifest.having(record))
            summaries.append(_summary(record))
    return summaries


def _summary(record: EpisodeRecord, *, as_before: bool = False) -> ExtractSummary:
    rate = round(float(Fraction(record.frame_rate)), 6)
    n_accepted, damage = len(record.frames), list(record.damage)
    return ExtractSummary(
        record.name, record.n_decoded, n_accepted, rate, record.size, damage, as_before=as_before
    )


def _is_there(workspace: Workspace, source: Path, record: EpisodeRecord, options: ExtractOptions) -> bool:
    """Tell whether extracting a source would give what its episode has."""
    if (record.threshold, record.size) != (options.threshold, options.size):
        return False
    if record.damage and not options.allow_damaged:
        return False  # it is asked not to pass over damage: so it will be told
    folder = workspace.frames(record.name)
    pictures = (folder / picture_name(index) for index, _ in record.frames)
    try:
        made_from = (folder / _LABEL).read_text(encoding="utf-8")
        whole = all(path.stat().st_size for path in pictures)
    except (OSError, UnicodeDecodeError):
        return False
    return whole and made_from == _label(record) and fingerprint(source) == record.sha256


def _label(record: EpisodeRecord) -> str:
    """Return what a folder of pictures and a record have in common.

    When the program is killed, one of the two may have been replaced and the other not.
    """
    return fingerprint_of([record.sha256, record.threshold, record.size, record.frames, record.damage])


def _credits_kept(old: EpisodeRecord, new: EpisodeRecord) -> Credits:
    """Return what is still true of the marks: those by hand name frames of the source, not kept ones."""
    if new.frames == old.frames:
        return old.credits
    return Credits(marked=old.credits.marked, unmarked=old.credits.unmarked)


def _extract_one(
    workspace: Workspace,
    source: Path,
    name: str,
    options: ExtractOptions,
    progress: Callable[[str, int, int], None],
) -> EpisodeRecord:
    import cv2

    from cartoonize.video import open_source

    folder = workspace.frames(name)
    temporary = folder.with_name(f".{name}.part")
    with open_source(source, allow_damaged=options.allow_damaged) as video:
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            n_decoded, kept = 0, []

            def counted() -> Iterator[Frame]:
                nonlocal n_decoded
                for frame in video.frames(rgb=True):
                    n_decoded += 1
                    progress(name, n_decoded, video.format.n_frames)
                    yield frame

            for frame in extract_frames(counted(), options=options):
                assert frame.rgb is not None
                file = temporary / picture_name(frame.index)
                bgr = np.ascontiguousarray(area_average(frame.rgb, options.size)[..., ::-1])
                encoded, data = cv2.imencode(".png", bgr)
                if not encoded:
                    raise OutputError(f"{file}: OpenCV could not encode a PNG", "Run `cartoonize doctor`.")
                file.write_bytes(data.tobytes())
                kept.append((frame.index, frame.pts))
            if not kept:
                raise SourceError(f"{source}: holds no frames", "Give a video that plays.")
            record = EpisodeRecord(
                name=name,
                source=str(source.resolve()),
                sha256=fingerprint(source),
                height=video.format.height,
                width=video.format.width,
                frame_rate=str(video.format.frame_rate),
                time_base=str(video.format.time_base),
                n_decoded=n_decoded,
                threshold=options.threshold,
                size=options.size,
                frames=tuple(kept),
                damage=tuple(video.damage),
            )
            (temporary / _LABEL).write_text(_label(record), encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            temporary.replace(folder)
        except OSError as error:
            raise output_error(folder, error) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return record
