"""Aligned reading of a video and its coloured copies, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing

from cartoonize.errors import SourceError
from cartoonize.frames import COLOR_SIZE, Frame
from cartoonize.prefetch import prefetch
from cartoonize.video.source import Source

_HINT = "Compare a result with the video that it was made from, uncut."
#: Relative difference up to which two aspect ratios, or two frame rates, count as equal.
_ASPECT_TOLERANCE, _RATE_TOLERANCE = 0.02, 0.005


def aligned_frames(original: Source, results: Sequence[Source]) -> Iterator[tuple[Frame, list[Frame]]]:
    """Yield every frame of the original with the same frame of each result, all with ``rgb``.

    Raises
    ------
    SourceError
        If the numbers of frames differ.
    """
    with ExitStack() as threads:  # each film is decoded by a thread of its own

        def ahead(film: Source) -> Iterator[Frame]:
            return threads.enter_context(closing(prefetch(film.frames(rgb=True), size=2)))

        yield from _aligned(ahead(original), [ahead(result) for result in results], original, results)


def _aligned(
    frames: Iterator[Frame], streams: Sequence[Iterator[Frame]], original: Source, results: Sequence[Source]
) -> Iterator[tuple[Frame, list[Frame]]]:
    """Yield the frames of all films, or raise `SourceError`."""
    n = 0
    for frame in frames:
        others = []
        for result, stream in zip(results, streams, strict=True):
            other = next(stream, None)
            if other is None:
                n_all = n + 1 + sum(1 for _ in frames)
                raise SourceError(
                    f"{result.path} has {n} frames, but the reference {original.path} has {n_all}; "
                    f"the first missing frame is at {_time(n, original)}",
                    _HINT,
                )
            others.append(other)
        yield frame, others
        n += 1
    for result, stream in zip(results, streams, strict=True):
        if n_more := sum(1 for _ in stream):
            raise SourceError(
                f"{result.path} has {n + n_more} frames, but the reference {original.path} has {n}; "
                f"the first surplus frame is at {_time(n, original)}",
                _HINT,
            )


def check_same_film(result: Source, original: Source) -> None:
    """Check that a video can be a copy of another one: same displayed aspect ratio and same frame rate.

    The frame rate of a folder of stills is not compared. A size of 256x256 matches any aspect ratio.

    Raises
    ------
    SourceError
        If they differ.
    """
    aspects = [_aspect(source) for source in (result, original)]
    same_aspect = abs(aspects[0] / aspects[1] - 1) <= _ASPECT_TOLERANCE
    if not same_aspect and not any(_is_resized(source) for source in (result, original)):
        raise SourceError(
            f"{result.path} is {_size(result)}, but its reference {original.path} is {_size(original)}",
            f"Crop or pad one to the aspect ratio of the other; only {COLOR_SIZE}x{COLOR_SIZE} matches any.",
        )
    if result.kind == original.kind == "video":
        rate, other = (float(source.format.frame_rate) for source in (result, original))
        if abs(rate / other - 1) > _RATE_TOLERANCE:
            raise SourceError(
                f"{result.path} has {rate:.6g} frames/s, but its reference {original.path} has {other:.6g}; "
                f"they are a frame apart after {1 / abs(rate - other):.2g} s",
                _HINT,
            )


def _aspect(source: Source) -> float:
    """Return the width of the displayed picture over its height."""
    return float(source.format.width * source.format.sample_aspect_ratio / source.format.height)


def _is_resized(source: Source) -> bool:
    return source.format.height == source.format.width == COLOR_SIZE


def _size(source: Source) -> str:
    return f"{source.format.width}x{source.format.height} (aspect ratio {_aspect(source):.2f})"


def _time(n_frames: int, source: Source) -> str:
    minutes, seconds = divmod(n_frames / float(source.format.frame_rate), 60)
    return f"{minutes:.0f}:{seconds:05.2f}"
