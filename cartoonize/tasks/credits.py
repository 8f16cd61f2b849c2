"""Credits: mark the frames that are titles, so that nothing is learned from them (thesis 4.1.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UsageError, WorkspaceError
from cartoonize.workspace import Credits, EpisodeRecord, Range, Workspace, picture_name

if TYPE_CHECKING:
    from cartoonize.detect.credits import CreditColors


@dataclass(frozen=True)
class CreditsOptions:
    """Marks by hand, and what to do around the credits that were found; see also `CreditColors`."""

    detect: bool = True
    """Look for credits; without it only the marks by hand change."""
    mark: tuple[Range, ...] = ()
    """Half-open ranges of frame numbers that are credits whatever was found."""
    unmark: tuple[Range, ...] = ()
    """Half-open ranges that are none."""
    trim: int = 0
    """Also mark up to this many kept frames beside credits that are mere fades of their neighbours."""
    dry_run: bool = False
    """Say what would be marked; change nothing."""

    def __post_init__(self) -> None:
        for start, stop in (*self.mark, *self.unmark):
            if not 0 <= start < stop:
                raise UsageError(
                    f"range {start}-{stop} is empty or negative", "Give FROM-TO with FROM below TO, as 0-48."
                )
        if self.trim < 0:
            raise UsageError("the number of frames to trim is negative", "0 trims none.")


@dataclass(frozen=True)
class CreditsSummary:
    """What is marked in one episode."""

    name: str
    n_credits: int
    """Kept frames that are credits."""
    ranges: list[Range]
    """Half-open ranges of frame numbers in the source."""


def mark_credits(
    workspace: Workspace,
    names: list[str],
    *,
    colors: CreditColors,
    options: CreditsOptions,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> list[CreditsSummary]:
    """Find credits in extracted episodes and enter them in the manifest.

    Parameters
    ----------
    workspace : Workspace
    names : list of str
        Episodes; none means all.
    colors : CreditColors
        What credits look like.
    options : CreditsOptions
    progress : callable
        Called with (episode, frames looked at, frames).
    """
    with workspace.locked():
        manifest = workspace.load()
        if (options.mark or options.unmark) and len(names) != 1:
            raise UsageError(
                "marks by hand need exactly one EPISODE",
                f"Known: {', '.join(sorted(manifest.episodes))}",
            )
        episodes = [manifest.episode(name) for name in names or sorted(manifest.episodes)]
        for start, stop in (*options.mark, *options.unmark):
            if start >= episodes[0].n_decoded:
                raise UsageError(
                    f"range {start}-{stop} is beyond the end of {episodes[0].name}",
                    f"It has {episodes[0].n_decoded} frames, counted from 0.",
                )
        summaries = []
        for episode in episodes:
            found = episode.credits
            if options.detect:
                found = _detected(workspace, episode, colors, options, progress)
            marked = Credits(
                detected=found.detected,
                confidence=found.confidence,
                marked=_minus((*found.marked, *options.mark), options.unmark),
                unmarked=_minus((*found.unmarked, *options.unmark), options.mark),
            )
            episode = replace(episode, credits=marked)
            manifest = manifest.having(episode)
            summaries.append(_summary(episode))
        if not options.dry_run:
            workspace.save(manifest)
    return summaries


def _detected(
    workspace: Workspace,
    episode: EpisodeRecord,
    colors: CreditColors,
    options: CreditsOptions,
    progress: Callable[[str, int, int], None],
) -> Credits:
    import cv2

    from cartoonize.detect.credits import credit_confidence, faded_neighbours

    confidence: list[float] = []
    thumbnails: list[NDArray[np.uint8]] = []
    for number, (index, _) in enumerate(episode.frames, 1):
        path = workspace.frames(episode.name) / picture_name(index)
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None:
            raise WorkspaceError(f"{path}: missing or damaged", "Run `cartoonize extract` again.")
        confidence.append(round(credit_confidence(np.ascontiguousarray(bgr[..., ::-1]), colors), 4))
        if options.trim:
            grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
            thumbnails.append(cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.uint8))
        progress(episode.name, number, len(episode.frames))
    is_credit = np.array(confidence) >= 0.5
    if options.trim:
        is_credit = np.array(faded_neighbours(thumbnails, is_credit.tolist(), n_frames=options.trim))
    return replace(episode.credits, detected=_ranges(episode, is_credit), confidence=tuple(confidence))


def _ranges(episode: EpisodeRecord, is_credit: NDArray[np.bool_]) -> tuple[Range, ...]:
    """Turn marks of kept frames into ranges of the source's frames: a kept frame stands until the next."""
    starts = [index for index, _ in episode.frames]
    stops = [*starts[1:], episode.n_decoded]
    ranges: list[Range] = []
    for start, stop, marked in zip(starts, stops, is_credit, strict=True):
        if marked and ranges and ranges[-1][1] == start:
            ranges[-1] = (ranges[-1][0], stop)
        elif marked:
            ranges.append((start, stop))
    return tuple(ranges)


def _minus(ranges: tuple[Range, ...], holes: tuple[Range, ...]) -> tuple[Range, ...]:
    """Cut holes out of ranges."""
    for start, stop in holes:
        pieces = [((a, min(b, start)), (max(a, stop), b)) for a, b in ranges]
        ranges = tuple(piece for pair in pieces for piece in pair if piece[0] < piece[1])
    return ranges


def _summary(episode: EpisodeRecord) -> CreditsSummary:
    covered = np.array([episode.credits.covers(index) for index, _ in episode.frames], bool)
    return CreditsSummary(episode.name, int(covered.sum()), list(_ranges(episode, covered)))
