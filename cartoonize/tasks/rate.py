"""Write a page on which people judge coloured frames without knowing the method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cartoonize.atomic import write_text
from cartoonize.errors import SourceError, UsageError
from cartoonize.frames import Frame, VideoFormat
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.rating_pairs import PRACTICE, choose_showings, pair_frames
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.report.rating_page import RatedPair
    from cartoonize.video.source import Source

#: Standard deviation of grey, in codes, up to which a frame shows nothing: black, white or faded.
_EMPTY = 3.0
#: Mean chroma, in CIELAB units, below which a film counts as grey.
_GREY = 1.0
#: Label of the progress.
_READING = "reading frames"


@dataclass(frozen=True)
class RateOptions:
    """Contents of the page."""

    pairs: int = 5
    """Number of pairs per method."""
    controls: int | None = None
    """Number of controls; default: as ``pairs``."""
    seed: int = 0
    """Random seed of frames, order and sides."""
    mode: str = "rating"
    """Task of the people. ``rating``: give a mark from 0 to 10. ``real-or-fake``: say which of two pictures
    is the original (Zhang et al. 2016)."""
    seconds: float = 1.0
    """How long ``real-or-fake`` shows a pair."""
    height: int = 360
    """Largest height of the pictures in pixels."""

    def __post_init__(self) -> None:
        if not 1 <= self.pairs <= 100:
            raise UsageError(f"pairs must be 1 to 100, got {self.pairs}", "The default is 5.")
        if self.controls is not None and not 0 <= self.controls <= 100:
            raise UsageError(
                f"controls must be 0 to 100, got {self.controls}", "The default is as many as pairs."
            )
        if self.seed < 0:
            raise UsageError(f"seed must be at least 0, got {self.seed}", "The default is 0.")
        if self.mode not in ("rating", "real-or-fake"):
            raise UsageError(f"unknown mode {self.mode!r}", "Known: rating, real-or-fake")
        if not 0.05 <= self.seconds <= 60:
            raise UsageError(f"seconds must be 0.05 to 60, got {self.seconds:g}", "The default is 1.")
        if not 32 <= self.height <= 2160:
            raise UsageError(f"height must be 32 to 2160, got {self.height}", "The default is 360.")

    @property
    def n_controls(self) -> int:
        """Number of controls."""
        return self.pairs if self.controls is None else self.controls


@dataclass(frozen=True)
class RateSummary:
    """Page that was written."""

    page: str
    id: str
    n_pairs: int
    """Number of pairs, controls included."""
    methods: tuple[str, ...]


def rate(
    workspace: Workspace,
    results: Sequence[Path],
    reference: Path,
    output: Path,
    *,
    options: RateOptions,
    reporter: Reporter = LOG,
) -> RateSummary:
    """Write one HTML page on which people judge coloured pictures.

    The page needs no other file and no server. It mixes coloured pairs and controls. A control of ``rating``
    has the original's colours. A control of ``real-or-fake`` has clearly wrong colours.

    Parameters
    ----------
    workspace : Workspace
        Its episodes may be named as ``reference``.
    results : sequence of Path
        Coloured videos or folders of stills with the same frames as the reference.
    reference : Path
        The coloured original, or the name of an episode of the workspace.
    output : Path
        HTML file to write.
    options : RateOptions
    reporter : Reporter
        Receives progress and messages.

    Raises
    ------
    SourceError
        If a film cannot be read, is too short, or differs from the reference in length, shape or frame rate.
    UsageError
        If there are no results, or two of them have the same name.
    """
    from cartoonize.metrics.ratings import CONTROL
    from cartoonize.report.rating_page import rating_page
    from cartoonize.video import open_source
    from cartoonize.video.aligned import aligned_frames, check_same_film

    methods = _method_names(results, taken=(CONTROL, PRACTICE))
    original_path = _original(workspace, reference)
    rng = np.random.default_rng(options.seed)
    with ExitStack() as stack:
        original = stack.enter_context(open_source(original_path))
        films = [stack.enter_context(open_source(path)) for path in results]
        for film in films:
            check_same_film(film, original)
        indices, n_frames = _usable_frames(original, reporter)
        _require_enough(original_path, indices, options)
        counts = dict.fromkeys(methods, options.pairs) | {CONTROL: options.n_controls}
        if options.mode == "real-or-fake":
            counts[PRACTICE] = 1
        showings = choose_showings(indices, counts, rng)
        frames = _reported(aligned_frames(original, films), n_frames, reporter)
        size = _picture_size(original.format, options.height)
        pairs = list(pair_frames(frames, showings, methods, size, mode=options.mode, rng=rng))
    if _is_grey(pairs):
        reporter.warning(
            f"{original_path} has no colour, so controls mean nothing. Use the coloured original."
        )
    practice = next((pair for pair in pairs if pair.method == PRACTICE), None)
    counted = [pair for pair in pairs if pair is not practice]
    mixed = [counted[k] for k in rng.permutation(len(counted))]
    key, page = rating_page(mixed, mode=options.mode, seconds=options.seconds, practice=practice)
    write_text(output, page)
    return RateSummary(str(output), key, len(mixed), tuple(methods))


def _usable_frames(original: Source, reporter: Reporter) -> tuple[list[int], int]:
    """Return the indices of the frames that show something, and the number of all frames."""
    declared, indices, n_frames = original.format.n_frames, [], 0
    for n_frames, frame in enumerate(original.frames(), 1):
        if frame.grey[::2, ::2].std() > _EMPTY:
            indices.append(frame.index)
        reporter.progress(_READING, n_frames, 2 * max(declared, n_frames) if declared else 0)
    return indices, n_frames


def _require_enough(path: Path, indices: Sequence[int], options: RateOptions) -> None:
    n_needed = max(options.pairs, options.n_controls)
    if len(indices) < n_needed:
        raise SourceError(
            f"{path}: only {len(indices)} frames show something, {n_needed} are needed",
            "Use smaller numbers for --pairs and --controls.",
        )


def _reported(
    frames: Iterable[tuple[Frame, Sequence[Frame]]], n_frames: int, reporter: Reporter
) -> Iterator[tuple[Frame, Sequence[Frame]]]:
    """Yield frames of the second pass and report the progress."""
    for n, both in enumerate(frames, 1):
        yield both
        reporter.progress(_READING, n_frames + n, 2 * n_frames)


def _method_names(results: Sequence[Path], taken: Sequence[str]) -> list[str]:
    """Return the names of the methods, which are those of the files."""
    if not results:
        raise UsageError("no results given", "Name one or more coloured videos.")
    names = [path.resolve().name if path.is_dir() else path.stem for path in results]
    for path, name in zip(results, names, strict=True):
        if name in taken:
            raise UsageError(f"{path}: the name {name!r} is reserved", "Rename the file.")
        if names.count(name) > 1:
            raise UsageError(
                f"{path}: another result is called {name!r}, too", "Name each file once, or rename one."
            )
    return names


def _original(workspace: Workspace, reference: Path) -> Path:
    """Return the file of the original, given by its path or by the name of its episode."""
    if reference.exists():
        return reference
    episode = workspace.load().episodes.get(str(reference))
    return Path(episode.source) if episode else reference


def _picture_size(format: VideoFormat, height: int) -> tuple[int, int]:
    """Return width and height of the pictures: square pixels, at most the size of the film."""
    shown = min(height, format.height)
    aspect = format.width * format.sample_aspect_ratio / format.height
    return max(1, round(shown * aspect)), shown


def _is_grey(pairs: Sequence[RatedPair]) -> bool:
    """Return whether the originals among the pairs have no colour."""
    from cartoonize.color.lab import rgb_to_lab
    from cartoonize.metrics.ratings import CONTROL

    originals = [getattr(p, p.real or "right") for p in pairs if p.real or p.method == CONTROL]
    chroma = [np.linalg.norm(rgb_to_lab(picture[::4, ::4])[..., 1:], axis=-1).mean() for picture in originals]
    return bool(chroma) and float(np.mean(chroma)) < _GREY
