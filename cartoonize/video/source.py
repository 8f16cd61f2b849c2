"""Opening whatever holds frames: a video, a picture, a folder of stills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

from cartoonize.frames import Frame, VideoFormat
from cartoonize.limits import Limits, current_limits
from cartoonize.video.containers import check_file, first_bytes
from cartoonize.video.images import StillsSource, pictures_in
from cartoonize.video.picture_size import is_picture
from cartoonize.video.reader import VideoSource


class Source(Protocol):
    """Something with frames; iterate it as often as needed."""

    path: Path
    kind: Literal["video", "image", "stills"]
    format: VideoFormat
    names: Sequence[str]
    """File names of the stills, in order; empty for a video."""
    damage: list[str]
    """What was passed over with ``allow_damaged``, a line each, after an iteration."""

    def frames(
        self, *, rgb: bool = False, start: float | None = None, end: float | None = None
    ) -> Iterator[Frame]:
        """Yield the frames in presentation order.

        Parameters
        ----------
        rgb : bool
            Also convert to sRGB.
        start, end : float, optional
            Seconds from the stream's start, half open: frames whose time is in ``[start, end)``.

        Raises
        ------
        SourceError
            Where the source turns out to be damaged or shorter than it says.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_source(
    path: Path,
    *,
    allow_damaged: bool = False,
    still_rate: Fraction = Fraction(24),
    limits: Limits | None = None,
) -> Source:
    """Open a source; its content, not its name, says what it is.

    Parameters
    ----------
    path : Path
        A video file of a plain container, a picture (PNG, JPEG, WebP, TIFF, BMP), or a folder of those.
    allow_damaged : bool
        Pass over what cannot be decoded, and take what there is of a truncated file.
    still_rate : Fraction
        Frames per second of a folder of stills.
    limits : Limits, optional
        Refuse what is larger or longer; default: this process's, see `cartoonize.limits`.

    Raises
    ------
    SourceError
        If there is nothing that can be read; one line says what is wrong.
    """
    path, limits = Path(path), limits or current_limits()
    if path.is_dir():
        return StillsSource(path, pictures_in(path), "stills", still_rate, limits)
    check_file(path)
    if is_picture(first_bytes(path)):
        return StillsSource(path, [path], "image", still_rate, limits)
    return VideoSource(path, allow_damaged=allow_damaged, limits=limits)
