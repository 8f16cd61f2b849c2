"""Interlaced frames: find and mark the first field, and deinterlace."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
from av.filter import Graph

from cartoonize.frames import FieldOrder

#: Time base of frames that have none. Their times pass unchanged.
_TICK = Fraction(1, 1000)


def first_field(frame: av.VideoFrame) -> FieldOrder:
    """Return which field of a decoded frame comes first, or ``progressive``."""
    if not frame.interlaced_frame:
        return "progressive"
    graph = _graph(frame, ("select", "eq(interlace_type,TOPFIRST)"))
    graph.push(frame)
    graph.push(None)
    return "top" if _pulled(graph) else "bottom"


def field_marker(order: FieldOrder) -> Callable[[av.VideoFrame], av.VideoFrame]:
    """Return a function that marks frames of one format as interlaced, by a filter of FFmpeg."""
    graph: Graph | None = None

    def mark(frame: av.VideoFrame) -> av.VideoFrame:
        nonlocal graph
        if graph is None:
            graph = _graph(frame, ("setfield", {"top": "tff", "bottom": "bff", "progressive": "prog"}[order]))
        graph.push(frame)
        return graph.vpull()

    return mark


def detached(pictures: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """Yield copies of decoded frames.

    A decoder conceals damage with what its buffers held before. That is the same each time only if nobody
    keeps a buffer.
    """
    graphs: dict[tuple[int, int, str], Graph] = {}
    for picture in pictures:
        kind = (picture.width, picture.height, picture.format.name)
        if kind not in graphs:
            graphs = {kind: _graph(picture, ("copy", ""))}
        graphs[kind].push(picture)
        yield graphs[kind].vpull()


def deinterlaced(
    pictures: Iterable[av.VideoFrame], *, all_frames: bool = False
) -> Iterator[tuple[av.VideoFrame, av.VideoFrame]]:
    """Yield (frame, picture): a progressive frame is its own picture, an interlaced one is deinterlaced.

    Parameters
    ----------
    pictures : iterable of VideoFrame
        Frames in presentation order. The filter delays the output by one frame.
    all_frames : bool
        Deinterlace all frames, also those that are not marked as interlaced.
    """
    graph: Graph | None = None
    waiting: deque[av.VideoFrame] = deque()
    for picture in pictures:
        if graph is None:
            if not (all_frames or picture.interlaced_frame):
                yield picture, picture
                continue
            which = "all" if all_frames else "interlaced"
            graph = _graph(picture, ("bwdif", f"mode=send_frame:deint={which}"))
        waiting.append(picture)
        graph.push(picture)
        yield from ((waiting.popleft(), shown) for shown in _pulled(graph))
    if graph is not None:
        graph.push(None)
        yield from ((waiting.popleft(), shown) for shown in _pulled(graph))


def _graph(frame: av.VideoFrame, *filters: tuple[str, str]) -> Graph:
    """Return a filter graph for frames like ``frame``, from (filter, arguments) pairs."""
    graph = Graph()
    nodes: list[Any] = [
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or _TICK
        )
    ]
    nodes += [graph.add(name, arguments) for name, arguments in filters]
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph


def _pulled(graph: Graph) -> list[av.VideoFrame]:
    """Return all frames that a graph has ready."""
    frames = []
    while True:
        try:
            frames.append(graph.vpull())
        except (av.BlockingIOError, av.EOFError):
            return frames
