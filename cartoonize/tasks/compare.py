"""Compare: several films side by side with labels, as one video (the thesis's CompareVid)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import OutputError, UsageError

LABEL_HEIGHT = 28


@dataclass(frozen=True)
class CompareOptions:
    """How the panels are laid out."""

    columns: int | None = None
    """Panels in a row; default: as near a square as it gets, at most three."""
    height: int = 360
    """Of every panel's picture in pixels; widths follow."""
    labels: tuple[str, ...] = ()
    """One a video; default: the files' names."""
    crf: int = 18
    force: bool = False

    def __post_init__(self) -> None:
        if self.columns is not None and self.columns < 1:
            raise UsageError(f"{self.columns} columns are none", "Give 1 or more.")
        if not 32 <= self.height <= 2160:
            raise UsageError(f"height {self.height} is not in 32..2160", "The default is 360.")


@dataclass(frozen=True)
class CompareSummary:
    """What was written."""

    output: str
    n_frames: int


def compare(
    videos: Sequence[Path],
    output: Path,
    *,
    options: CompareOptions,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CompareSummary:
    """Write a side-by-side video, frame by frame, as long as the shortest of the films.

    Parameters
    ----------
    videos : sequence of Path
        Two or more videos or folders of stills.
    output : Path
        An ``.mp4`` or ``.mkv``.
    options : CompareOptions
    progress : callable
        Called with (frames written, frames expected or 0).
    """
    from cartoonize.video import open_source, write_film

    if len(videos) < 2:
        raise UsageError("a comparison needs at least two videos", "Name another.")
    labels = options.labels or tuple(path.stem if path.suffix else path.name for path in videos)
    if len(labels) != len(videos):
        raise UsageError(f"{len(labels)} labels for {len(videos)} videos", "Give one label a video.")
    if any(output.resolve() == path.resolve() for path in videos):
        raise OutputError(f"{output}: is one of the inputs", "Choose another name.")
    if output.exists() and not options.force:
        raise OutputError(f"{output}: exists already", "Choose another name, or --force to replace it.")
    n_columns = options.columns or min(3, int(np.ceil(np.sqrt(len(videos)))))
    n_frames = 0
    with ExitStack() as stack:
        sources = [stack.enter_context(open_source(path)) for path in videos]
        total = min(source.format.n_frames for source in sources)

        def pictures() -> Iterator[NDArray[np.uint8]]:
            nonlocal n_frames
            for frames in zip(*(source.frames(rgb=True) for source in sources), strict=False):
                panels = [
                    _panel(f.rgb, label, options.height) for f, label in zip(frames, labels, strict=True)
                ]
                n_frames += 1
                progress(n_frames, total)
                yield _grid(panels, n_columns)

        rate = sources[0].format.frame_rate or Fraction(24)
        write_film(output, pictures(), frame_rate=rate, crf=options.crf)
    return CompareSummary(str(output), n_frames)


def _panel(rgb: NDArray[np.uint8] | None, label: str, height: int) -> NDArray[np.uint8]:
    import cv2

    assert rgb is not None
    width = max(2, round(rgb.shape[1] * height / rgb.shape[0] / 2) * 2)
    picture = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    strip = np.full((LABEL_HEIGHT, width, 3), 24, np.uint8)
    plain = label.encode("ascii", "replace").decode()
    cv2.putText(strip, plain, (8, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (235, 235, 235), 1, cv2.LINE_AA)
    return np.concatenate([strip, picture.astype(np.uint8)])


def _grid(panels: list[NDArray[np.uint8]], n_columns: int) -> NDArray[np.uint8]:
    width, height = max(p.shape[1] for p in panels), panels[0].shape[0]
    n_rows = -(-len(panels) // n_columns)
    page = np.full((n_rows * height, min(n_columns, len(panels)) * width, 3), 24, np.uint8)
    for number, panel in enumerate(panels):
        row, column = divmod(number, n_columns)
        left = column * width + (width - panel.shape[1]) // 2
        page[row * height : (row + 1) * height, left : left + panel.shape[1]] = panel
    return page[: page.shape[0] // 2 * 2]
