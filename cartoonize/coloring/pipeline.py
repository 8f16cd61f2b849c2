"""The chain of stages from a numbered grey frame to one that a writer takes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from cartoonize.errors import UsageError
from cartoonize.filters.clean import clean_frames
from cartoonize.filters.combine import combine_frames
from cartoonize.filters.predict import Layer, PredictOptions, predict_frames
from cartoonize.filters.refine import RefineOptions, refine_frames
from cartoonize.filters.render import RenderOptions, render_frames
from cartoonize.filters.track import track_frames
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.methods.member import Member
from cartoonize.prefetch import prefetch

Track = Callable[[Iterable[Frame]], Iterator[Frame]]

REFINE_ORDERS = ("members", "result")


@dataclass(frozen=True)
class ColorizeOptions:
    """Options of all stages between a grey and a coloured episode."""

    colorize: PredictOptions = PredictOptions()
    refine: RefineOptions = RefineOptions()
    render: RenderOptions = RenderOptions()
    refine_order: str = "members"
    """``members``: fill every member's colours, then average (the thesis's best video); ``result``: average,
    then fill. Tracks are always of the combined prediction."""

    @property
    def uses_tracks(self) -> bool:
        """Whether regions are followed, so that colours depend on whole shots."""
        return self.refine.refine == "tracks"

    @property
    def uses_album(self) -> bool:
        """Whether what is drawn again is looked for in training episodes and references."""
        return self.uses_tracks and self.refine.album

    @property
    def denoises(self) -> bool:
        """Whether regions are followed in pictures without grain."""
        return self.uses_tracks and self.refine.denoise

    def __post_init__(self) -> None:
        if self.refine_order not in REFINE_ORDERS:
            raise UsageError(
                f"unknown refine order {self.refine_order!r}", f"Known: {', '.join(REFINE_ORDERS)}"
            )


def color_frames(
    frames: Iterable[Frame],
    members: Sequence[Member],
    *,
    planes: PlaneFormat,
    options: ColorizeOptions,
    track: Track = track_frames,
) -> Generator[Frame]:
    """Take frames from grey to ready for a writer; lazily, with a bounded look-ahead.

    What the frames come from, the networks, and all that follows them work side by side, in threads of their
    own; closing the iterator stops them.

    Parameters
    ----------
    frames : iterable of Frame
        As a source yields them, or already numbered by `number_drawings`.
    members : sequence of Member
    planes : PlaneFormat
        What the writer takes.
    options : ColorizeOptions
    track : callable
        `track_frames`, with what is known of the film; only for tracks.
    """
    with ExitStack() as threads:  # are stopped from the last to the first, whatever happens

        def beside(part: Iterable[Frame]) -> Iterator[Frame]:
            return threads.enter_context(closing(prefetch(part)))

        if options.denoises:
            frames = clean_frames(frames)
        layer: Layer = "histogram" if options.uses_tracks else "ab"
        colored = beside(predict_frames(beside(frames), members, options=options.colorize, layer=layer))
        yield from beside(finish_frames(colored, planes=planes, options=options, track=track))


def finish_frames(
    frames: Iterable[Frame],
    *,
    planes: PlaneFormat,
    options: ColorizeOptions,
    track: Track = track_frames,
) -> Iterator[Frame]:
    """Take coloured frames to a writer's: their ``ab`` refined, combined and rendered, in one thread.

    What a held drawing gets depends on its first frame alone; with tracks, on its shot.

    Parameters
    ----------
    frames : iterable of Frame
        With the ``ab`` of all members, or with ``histogram`` for tracks.
    planes : PlaneFormat
        What the writer takes.
    options : ColorizeOptions
    track : callable
        `track_frames`, with what is known of the film; only for tracks.
    """
    if options.uses_tracks:
        combined = track(frames)
    elif options.refine_order == "members":
        combined = combine_frames(refine_frames(frames, options=options.refine))
    else:
        combined = refine_frames(combine_frames(frames), options=options.refine)
    return render_frames(combined, planes=planes)
