"""A film and its coloured copies, read side by side: frame n of one is frame n of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cartoonize.errors import SourceError
from cartoonize.frames import COLOR_SIZE, Frame
from cartoonize.video.source import Source

_SAME_FILM = "Score a result against the very film that it was made from, uncut."
#: Up to which share two shapes, or two frame rates, count as the same.
_SHAPE, _RATE = 0.02, 0.005


def frames_alongside(original: Source, results: Sequence[Source]) -> Iterator[tuple[Frame, list[Frame]]]:
    """Yield every frame of the original, with ``rgb``, and the same frame of each result.

    Raises
    ------
    SourceError
        If one ends before another: where, and how many frames both have.
    """
    frames = original.frames(rgb=True)
    streams = [result.frames(rgb=True) for result in results]
    n = 0
    for frame in frames:
        others = []
        for result, stream in zip(results, streams, strict=True):
            other = next(stream, None)
            if other is None:
                n_all = n + 1 + sum(1 for _ in frames)
                raise SourceError(
                    f"{result.path} ends after {n} frames, the reference {original.path} has {n_all}: "
                    f"they part at {_time(n, original)}",
                    _SAME_FILM,
                )
            others.append(other)
        yield frame, others
        n += 1
    for result, stream in zip(results, streams, strict=True):
        if n_more := sum(1 for _ in stream):
            raise SourceError(
                f"{result.path} goes on after the {n} frames of the reference {original.path} "
                f"and has {n + n_more}: they part at {_time(n, original)}",
                _SAME_FILM,
            )


def check_same_film(result: Source, original: Source) -> None:
    """Check that a film can be a copy of another: one shape, as shown, and one frame rate.

    A folder of stills has no frame rate of its own, and a picture of 256x256 stands for any shape.

    Raises
    ------
    SourceError
        If not: both values, and where the two part.
    """
    shapes = [_shape(source) for source in (result, original)]
    if abs(shapes[0] / shapes[1] - 1) > _SHAPE and not any(_is_resized(s) for s in (result, original)):
        raise SourceError(
            f"{result.path} is {_size(result)}, its reference {original.path} is {_size(original)}: "
            "from the first frame on no pixel lies on its own",
            f"Crop or pad one to the other's shape; only {COLOR_SIZE}x{COLOR_SIZE} stands for any.",
        )
    if result.kind == original.kind == "video":
        rate, other = (float(source.format.frame_rate) for source in (result, original))
        if abs(rate / other - 1) > _RATE:
            raise SourceError(
                f"{result.path} has {rate:.6g} frames/s, its reference {original.path} has {other:.6g}: "
                f"they are a frame apart after {1 / abs(rate - other):.2g} s",
                _SAME_FILM,
            )


def _shape(source: Source) -> float:
    """Return the width of the picture as shown over its height."""
    return float(source.format.width * source.format.sample_aspect_ratio / source.format.height)


def _is_resized(source: Source) -> bool:
    return source.format.height == source.format.width == COLOR_SIZE


def _size(source: Source) -> str:
    return f"{source.format.width}x{source.format.height} (shape {_shape(source):.2f})"


def _time(n_frames: int, source: Source) -> str:
    minutes, seconds = divmod(n_frames / float(source.format.frame_rate), 60)
    return f"{minutes:.0f}:{seconds:05.2f}"
