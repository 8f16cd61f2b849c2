"""Compare films: write them side by side with labels as one video (the thesis's CompareVid)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import OutputError, UsageError
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.short_names import shortest_names

if TYPE_CHECKING:
    from cartoonize.frames import Frame
    from cartoonize.video.source import Source

#: Least height of the strip with the label above each panel, in pixels.
LABEL_HEIGHT = 28
#: The strip has one of this number of parts of a panel's height, if that is more.
_PANELS_PER_LABEL = 12
#: Space between panels in pixels; even, as the sizes of videos are.
GAP = 8

#: Grey level of the background, and of the labels.
_BACKGROUND, _INK = 24, 235


@dataclass(frozen=True)
class CompareOptions:
    """Layout of the panels."""

    columns: int | None = None
    """Panels in a row; default: close to a square, at most three."""
    height: int = 360
    """Height of each panel's picture in pixels; the widths follow."""
    labels: tuple[str, ...] = ()
    """One per video; default: the shortest ends of the paths that differ, without suffix."""
    crf: int = 18
    """Quality of the encoder; lower is better."""
    force: bool = False
    """Replace an existing output."""

    def __post_init__(self) -> None:
        if self.columns is not None and self.columns < 1:
            raise UsageError(f"columns must be at least 1, got {self.columns}", "Leave it out for a square.")
        if not 32 <= self.height <= 2160:
            raise UsageError(f"height must be 32 to 2160, got {self.height}", "The default is 360.")


@dataclass(frozen=True)
class CompareSummary:
    """Video that was written."""

    output: str
    n_frames: int


def compare(
    videos: Sequence[Path], output: Path, *, options: CompareOptions, reporter: Reporter = LOG
) -> CompareSummary:
    """Write a side-by-side video, frame by frame, as long as the shortest film.

    Parameters
    ----------
    videos : sequence of Path
        Two or more videos or folders of stills.
    output : Path
        An ``.mp4`` or ``.mkv`` file.
    options : CompareOptions
    reporter : Reporter
        Receives progress and messages.

    Raises
    ------
    UsageError
        If there are fewer than two videos, or not one label per video.
    OutputError
        If the output is an input, exists (without ``options.force``), or cannot be written.
    """
    from cartoonize.video import open_source, write_film

    labels = _labels(videos, options.labels)
    if any(output.resolve() == path.resolve() for path in videos):
        raise OutputError(f"{output}: is one of the inputs", "Choose another name.")
    if output.exists() and not options.force:
        raise OutputError(f"{output}: exists already", "Choose another name, or use --force to replace it.")
    n_columns = options.columns or min(3, int(np.ceil(np.sqrt(len(videos)))))
    n_frames = 0
    with ExitStack() as stack:
        sources: list[Source] = [stack.enter_context(open_source(path)) for path in videos]
        panels = [
            _Panel(source, label, options.height) for source, label in zip(sources, labels, strict=True)
        ]
        total = min(source.format.n_frames for source in sources)

        def pictures() -> Iterator[NDArray[np.uint8]]:
            nonlocal n_frames
            for frames in zip(*(source.frames(rgb=True) for source in sources), strict=False):
                drawn = [panel.drawn(frame) for panel, frame in zip(panels, frames, strict=True)]
                n_frames += 1
                reporter.progress(f"writing {output.name}", n_frames, total, unit="frames")
                yield _grid(drawn, n_columns)

        rate = sources[0].format.frame_rate or Fraction(24)
        write_film(output, pictures(), frame_rate=rate, crf=options.crf)
    return CompareSummary(str(output), n_frames)


def _labels(videos: Sequence[Path], given: tuple[str, ...]) -> Sequence[str]:
    if len(videos) < 2:
        raise UsageError(f"compare needs at least two videos, got {len(videos)}", "Name another one.")
    if given and len(given) != len(videos):
        raise UsageError(f"got {len(given)} labels for {len(videos)} videos", "Give one label per video.")
    return given or shortest_names(videos)


class _Panel:
    """A picture at one height, with square pixels, below a strip with a label.

    Parameters
    ----------
    source : Source
        Film that the panel shows.
    label : str
        Text of the strip. A text that is too long is shortened in the middle.
    height : int
        Height of the picture in pixels.
    """

    def __init__(self, source: Source, label: str, height: int) -> None:
        from cartoonize.report.lettering import shortened, write_on

        format = source.format
        aspect = float(format.sample_aspect_ratio) * format.width / format.height
        self._size = (max(2, round(height * aspect / 2) * 2), height)
        label_height = max(LABEL_HEIGHT, round(height / _PANELS_PER_LABEL / 2) * 2)
        size, left = label_height * 4 // 7, label_height // 3
        self._strip = np.full((label_height, self._size[0], 3), _BACKGROUND, np.uint8)
        text = shortened(label, self._size[0] - 2 * left, size=size)
        write_on(self._strip, text, left, label_height * 5 // 7, size=size, color=(_INK,) * 3)

    def drawn(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the panel with a frame."""
        import cv2

        assert frame.rgb is not None
        shrinks = self._size[1] <= frame.rgb.shape[0]
        method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        picture = cv2.resize(frame.rgb, self._size, interpolation=method)
        return np.concatenate([self._strip, picture.astype(np.uint8)])


def _grid(panels: list[NDArray[np.uint8]], n_columns: int) -> NDArray[np.uint8]:
    """Return the panels in rows, each centred in its cell; the height is even."""
    width, height = max(p.shape[1] for p in panels), panels[0].shape[0]
    n_columns = min(n_columns, len(panels))
    n_rows = -(-len(panels) // n_columns)
    shape = (n_rows * (height + GAP) - GAP, n_columns * (width + GAP) - GAP, 3)
    page = np.full(shape, _BACKGROUND, np.uint8)
    for number, panel in enumerate(panels):
        row, column = divmod(number, n_columns)
        top = row * (height + GAP)
        left = column * (width + GAP) + (width - panel.shape[1]) // 2
        page[top : top + height, left : left + panel.shape[1]] = panel
    return page[: page.shape[0] // 2 * 2]
