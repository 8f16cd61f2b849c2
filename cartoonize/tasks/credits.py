"""Mark the frames that show credits, so that nothing is learned from them (thesis, 4.1.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UsageError, WorkspaceError
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import Credits, EpisodeRecord, Range, Workspace, picture_name

if TYPE_CHECKING:
    from cartoonize.detect.credits import CreditColors

#: Confidence from which a frame counts as credits.
_CONFIDENT = 0.5


@dataclass(frozen=True)
class CreditsOptions:
    """Marks by hand, and the treatment of fades; see also `CreditColors`."""

    detect: bool = True
    """Detect credits. False: only change the marks by hand."""
    mark: tuple[Range, ...] = ()
    """Half-open ranges of frame numbers to mark as credits, whatever was detected."""
    unmark: tuple[Range, ...] = ()
    """Half-open ranges of frame numbers that are not credits."""
    trim: int = 0
    """Also mark up to this many kept frames on each side of credits if they only fade in or out."""
    dry_run: bool = False
    """Return what would be marked without saving it."""

    def __post_init__(self) -> None:
        for start, stop in (*self.mark, *self.unmark):
            if not 0 <= start < stop:
                raise UsageError(
                    f"range {start}-{stop} is empty or negative",
                    "Use FROM-TO with FROM below TO, such as 0-48.",
                )
        if self.trim < 0:
            raise UsageError(f"trim must not be negative, got {self.trim}", "Use 0 to mark no fades.")


@dataclass(frozen=True)
class CreditsSummary:
    """Credits of one episode."""

    name: str
    n_credits: int
    """Number of kept frames that are credits."""
    ranges: list[Range]
    """Half-open ranges of frame numbers in the source."""


def mark_credits(
    workspace: Workspace,
    names: list[str],
    *,
    colors: CreditColors,
    options: CreditsOptions,
    reporter: Reporter = LOG,
) -> list[CreditsSummary]:
    """Detect credits in extracted episodes and save the marks in the manifest.

    Parameters
    ----------
    workspace : Workspace
    names : list of str
        Episodes; empty for all.
    colors : CreditColors
        Colours of the credits.
    options : CreditsOptions
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of CreditsSummary
        One per episode.

    Raises
    ------
    UsageError
        If a name is unknown, or marks by hand do not fit the episode.
    WorkspaceError
        If a kept picture is missing or damaged.
    """
    with workspace.locked():
        manifest = workspace.load()
        if (options.mark or options.unmark) and len(names) != 1:
            raise UsageError(
                f"--mark and --unmark need exactly one EPISODE, got {len(names)}",
                f"Known: {', '.join(sorted(manifest.episodes))}",
            )
        episodes = [manifest.episode(name) for name in names or sorted(manifest.episodes)]
        _check_ranges(options, episodes)
        summaries = []
        for episode in episodes:
            found = episode.credits
            if options.detect:
                found = _detected(workspace, episode, colors, options, reporter)
            marked = Credits(
                detected=found.detected,
                confidence=found.confidence,
                marked=_minus((*found.marked, *options.mark), options.unmark),
                unmarked=_minus((*found.unmarked, *options.unmark), options.mark),
            )
            episode = replace(episode, credits=marked)
            manifest = manifest.with_episodes(episode)
            summaries.append(_summary(episode))
        if not options.dry_run:
            workspace.save(manifest)
    return summaries


def _check_ranges(options: CreditsOptions, episodes: list[EpisodeRecord]) -> None:
    for start, stop in (*options.mark, *options.unmark):
        if start >= episodes[0].n_decoded:
            raise UsageError(
                f"range {start}-{stop} is beyond the end of {episodes[0].name}",
                f"It has {episodes[0].n_decoded} frames, counted from 0.",
            )


def _detected(
    workspace: Workspace,
    episode: EpisodeRecord,
    colors: CreditColors,
    options: CreditsOptions,
    reporter: Reporter,
) -> Credits:
    """Return the credits of an episode with new detections; marks by hand stay."""
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
        label = f"looking for credits in {episode.name}"
        reporter.progress(label, number, len(episode.frames), unit="frames")
    is_credit = np.array(confidence) >= _CONFIDENT
    if options.trim:
        is_credit = np.array(faded_neighbours(thumbnails, is_credit.tolist(), n_frames=options.trim))
    return replace(episode.credits, detected=_ranges(episode, is_credit), confidence=tuple(confidence))


def _ranges(episode: EpisodeRecord, is_credit: NDArray[np.bool_]) -> tuple[Range, ...]:
    """Convert marks of kept frames to ranges of source frames: a kept frame stands until the next one."""
    starts = [index for index, _ in episode.frames]
    stops = [*starts[1:], episode.n_decoded]
    ranges: list[Range] = []
    for start, stop, marked in zip(starts, stops, is_credit, strict=True):
        if marked and ranges and ranges[-1][1] == start:
            ranges[-1] = (ranges[-1][0], stop)
        elif marked:
            ranges.append((start, stop))
    return tuple(ranges)


def _minus(ranges: tuple[Range, ...], others: tuple[Range, ...]) -> tuple[Range, ...]:
    """Return the parts of ranges that lie in none of the others."""
    for start, stop in others:
        pieces = [((a, min(b, start)), (max(a, stop), b)) for a, b in ranges]
        ranges = tuple(piece for pair in pieces for piece in pair if piece[0] < piece[1])
    return ranges


def _summary(episode: EpisodeRecord) -> CreditsSummary:
    covered = np.array([episode.credits.covers(index) for index, _ in episode.frames], bool)
    return CreditsSummary(episode.name, int(covered.sum()), list(_ranges(episode, covered)))
