"""Opening a source of frames: a video, a picture, or a folder of stills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

from cartoonize.film_parts import chapter_of, disc_folder, whole_film
from cartoonize.frames import Frame, VideoFormat
from cartoonize.limits import Limits, current_limits
from cartoonize.video.animated_pictures import (
    WebpSource,
    check_animated_png,
    is_animated_webp,
    is_still,
    n_png_frames,
)
from cartoonize.video.chapter_source import ChapterSource
from cartoonize.video.containers import check_file
from cartoonize.video.film_source import FilmSource
from cartoonize.video.images import StillsSource, pictures_in
from cartoonize.video.reader import VideoSource


class Source(Protocol):
    """A source of frames that can be iterated any number of times."""

    path: Path
    kind: Literal["video", "image", "stills"]
    format: VideoFormat
    names: Sequence[str]
    """File names of the stills in order; empty for a video."""
    damage: list[str]
    """Damage that the last iteration found and skipped, one line each."""
    remarks: list[str]
    """Remarks on a healthy source that its copy does not keep unchanged, one line each."""

    def frames(
        self,
        *,
        rgb: bool = False,
        color: bool = False,
        start: float | None = None,
        end: float | None = None,
    ) -> Iterator[Frame]:
        """Yield the frames in presentation order.

        Parameters
        ----------
        rgb : bool
            Also convert each frame to sRGB.
        color : bool
            Also give each frame its coloured picture for comparisons, which is cheaper.
        start, end : float, optional
            Yield only frames whose time is in ``[start, end)``, in seconds from the start of the stream.

        Raises
        ------
        SourceError
            If the source is damaged or shorter than declared.
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
    film: bool = False,
    still_rate: Fraction = Fraction(24),
    limits: Limits | None = None,
) -> Source:
    """Open a source. Its type follows from its content, not from its name.

    Parameters
    ----------
    path : Path
        A video file in a plain container, an animated picture (PNG, WebP, GIF), a picture (PNG, JPEG, WebP,
        TIFF, BMP), a folder of pictures, the folder of a DVD or Blu-ray, or a chapter of a video
        (`cartoonize.film_parts.chapter_path`).
    allow_damaged : bool
        Skip what cannot be decoded, and read truncated files as far as possible.
    film : bool
        Read the film's own progressive pictures from a telecined video.
    still_rate : Fraction
        Frames per second of a folder of stills.
    limits : Limits, optional
        Largest accepted size and length; default: `cartoonize.limits.current_limits`.

    Raises
    ------
    SourceError
        If the source does not exist, cannot be read or exceeds the limits.
    """
    path, limits = Path(path), limits or current_limits()
    chapter = chapter_of(path)
    if film or chapter is not None:
        video = VideoSource(whole_film(path), allow_damaged=allow_damaged, limits=limits)
        part = video if chapter is None else ChapterSource(path, video, chapter[1])
        return FilmSource(video, part) if film else part
    if disc_folder(path) is not None:
        return VideoSource(path, allow_damaged=allow_damaged, limits=limits)
    if path.is_dir():
        return StillsSource(path, pictures_in(path), "stills", still_rate, limits)
    check_file(path)
    if is_animated_webp(path):
        return WebpSource(path, limits)
    if is_still(path):
        return StillsSource(path, [path], "image", still_rate, limits)
    if n_png_frames(path):
        check_animated_png(path, limits, allow_damaged=allow_damaged)
    return VideoSource(path, allow_damaged=allow_damaged, limits=limits)
