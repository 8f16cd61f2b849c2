"""From an episode to its coloured copy: the stages between a source and a writer, composed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.ahead import ahead
from cartoonize.atomic import make_folder
from cartoonize.errors import UsageError
from cartoonize.flow.members import BEST, Choice, choose_members
from cartoonize.flow.outputs import check_free, output_paths
from cartoonize.frames import COLOR_SIZE, Frame, PlaneFormat
from cartoonize.stages.colorize import ColorizeOptions, check_members, colorize_frames
from cartoonize.stages.combine import combine_frames
from cartoonize.stages.drawings import number_drawings
from cartoonize.stages.refine import RefineOptions, refine_frames
from cartoonize.stages.render import RenderOptions, render_frames
from cartoonize.variants import Member
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.video.source import Source

REFINE_ORDERS = ("members", "result")

#: Frames that may wait between two threads of the chain.
_WAITING = 8


@dataclass(frozen=True)
class FlowOptions:
    """Options of all stages between a grey and a coloured episode."""

    colorize: ColorizeOptions = ColorizeOptions()
    refine: RefineOptions = RefineOptions()
    render: RenderOptions = RenderOptions()
    refine_order: str = "members"
    """``members``: fill every member's colours, then average (the thesis's best video); ``result``: average,
    then fill."""

    def __post_init__(self) -> None:
        if self.refine_order not in REFINE_ORDERS:
            raise UsageError(
                f"unknown refine order {self.refine_order!r}", f"Known: {', '.join(REFINE_ORDERS)}"
            )


@dataclass(frozen=True)
class ColorizeSummary:
    """What came of one source."""

    source: str
    output: str
    n_frames: int
    n_unique: int
    n_shots: int
    seconds: float
    members: list[str]
    refine: str
    sidecars: list[str]
    warnings: list[str]


@dataclass
class _Count:
    n_frames: int = 0
    n_unique: int = 0
    n_shots: int = 0

    def over(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        for frame in frames:
            self.n_frames += 1
            self.n_unique = frame.drawing + 1
            self.n_shots = frame.shot + 1
            yield frame


def color_frames(
    frames: Iterable[Frame], members: Sequence[Member], *, planes: PlaneFormat, options: FlowOptions
) -> Generator[Frame]:
    """Take frames from grey to ready for a writer; lazily, with a bounded look-ahead.

    What the frames come from, the networks, and all that follows them work side by side, each in a thread of
    its own; closing the iterator stops them.

    Parameters
    ----------
    frames : iterable of Frame
        As a source yields them, or already numbered by `number_drawings`.
    members : sequence of Member
    planes : PlaneFormat
        What the writer takes.
    options : FlowOptions
    """
    with ExitStack() as threads:  # are stopped from the last to the first, whatever happens

        def beside(part: Iterable[Frame]) -> Iterator[Frame]:
            return threads.enter_context(closing(ahead(part, size=_WAITING)))

        colored = beside(colorize_frames(beside(frames), members, options=options.colorize))
        if options.refine_order == "members":
            combined = combine_frames(refine_frames(colored, options=options.refine))
        else:
            combined = refine_frames(combine_frames(colored), options=options.refine)
        yield from beside(render_frames(combined, planes=planes))


def held_out_sources(workspace: Workspace) -> list[Path]:
    """Return the files of the workspace's test episodes.

    Raises
    ------
    UsageError
        If there are none.
    """
    manifest = workspace.load()
    episodes = workspace.set_of(manifest, "test")
    if not episodes:
        raise UsageError(
            "no SOURCE was given and the workspace has no test episode",
            "Name a video, or hold an episode out with `cartoonize split --test NAME`.",
        )
    return [Path(episode.source) for episode in episodes]


def colorize(
    workspace: Workspace,
    sources: Sequence[Path],
    *,
    choice: Choice = BEST,
    options: FlowOptions = FlowOptions(),
    output: Path | None = None,
    progress: Callable[[str, int, int], None] = lambda source, done, total: None,
    announce: Callable[[str], None] = lambda line: None,
    notify: Callable[[str], None] = lambda line: None,
) -> list[ColorizeSummary]:
    """Colour videos, pictures or folders of stills.

    Parameters
    ----------
    workspace : Workspace
        Where trained variants are, and ``out/``.
    sources : sequence of Path
        None means the workspace's test episodes. Their colour, if any, is ignored (but for members trained
        on CIE L of the coloured picture).
    choice : Choice
    options : FlowOptions
    output : Path, optional
        A file or folder for one source, a folder for several; default: ``out/<episode>.mp4`` in the
        workspace where MP4 holds every stream, else ``.mkv``.
    progress : callable
        Called with (source, frames written, frames expected or 0).
    announce : callable
        Called with one line before the work begins: how much it is.
    notify : callable
        Called with lines that the user should read.

    Returns
    -------
    list of ColorizeSummary
    """
    sources = list(sources) or held_out_sources(workspace)
    notices: list[str] = []  # told once it is sure that the work begins
    members = choose_members(
        workspace,
        choice,
        device=options.colorize.device,
        precision=options.colorize.precision,
        compiled=options.colorize.compile,
        sources=sources,
        render=options.render,
        notify=notices.append,
    )
    check_members(members, options.colorize)
    outputs = output_paths(workspace, sources, output, options.render, notices.append)
    check_free(sources, outputs, options.render)

    def begin() -> None:
        announce(_estimate(sources, members, options))
        for line in notices:
            notify(line)

    summaries = []
    for source, target in zip(sources, outputs, strict=True):
        summaries.append(_colorize_one(source, target, members, options, progress, notify, begin))
        begin = _nothing
    return summaries


def _nothing() -> None:
    return None


def _colorize_one(
    source_path: Path,
    output: Path,
    members: Sequence[Member],
    options: FlowOptions,
    progress: Callable[[str, int, int], None],
    notify: Callable[[str], None],
    begin: Callable[[], None],
) -> ColorizeSummary:
    from cartoonize.video import open_source, open_writer

    started = time.perf_counter()
    render = options.render
    count = _Count()
    with open_source(source_path, allow_damaged=render.allow_damaged) as source:
        render = _with_end(render, source)
        wants_color = any(member.luminance == "cielab" for member in members)
        if wants_color and not source.format.has_color:
            notify(
                f"{source_path.name} has no colour, and a member looks at CIE L of the coloured picture: "
                "it gets L of the grey one. Train with --luminance grey for black-and-white film."
            )
        expected = _expected_frames(source, render)
        writer = open_writer(
            output,
            source.format,
            codec=render.codec,
            crf=render.crf,
            pix_fmt=render.pix_fmt,
            copy_from=source_path if source.kind == "video" else None,
            start=render.start,
            end=render.end,
            names=source.names,
            force=render.force,
        )
        make_folder(output.parent)
        with writer:
            begin()
            # A preview ends after so many frames, whatever their times; `end` only cuts the sound.
            end = None if options.render.preview else render.end
            with_color = wants_color and source.format.has_color
            frames = source.frames(rgb=with_color, start=render.start, end=end)
            frames = islice(frames, options.render.preview)
            guided = {index for member in members for index in member.guided_at}
            numbered = count.over(number_drawings(frames, new_at=guided))
            with closing(
                color_frames(numbered, members, planes=writer.plane_format, options=options)
            ) as colored:
                for n_written, frame in enumerate(colored, 1):
                    writer.write(frame)
                    progress(source_path.name, n_written, expected)
        damage = [f"{source_path.name} {line}" for line in source.damage]
    for line in (*writer.warnings, *damage):
        notify(line)
    return ColorizeSummary(
        source=str(source_path),
        output=str(output),
        n_frames=count.n_frames,
        n_unique=count.n_unique,
        n_shots=count.n_shots,
        seconds=round(time.perf_counter() - started, 2),
        members=[member.name for member in members],
        refine=options.refine.refine,
        sidecars=[str(path) for path in writer.sidecars],
        warnings=[*writer.warnings, *damage],
    )


def _estimate(sources: Sequence[Path], members: Sequence[Member], options: FlowOptions) -> str:
    """Say how long the networks may take, from one drawing timed here, and how big the source is."""
    import torch

    from cartoonize.devices import pick_device
    from cartoonize.video import open_source

    n_frames, size = 0, 0
    for path in sources:
        with open_source(path, allow_damaged=options.render.allow_damaged) as source:
            n_frames += _expected_frames(source, _with_end(options.render, source))
        size += path.stat().st_size if path.is_file() else sum(f.stat().st_size for f in path.iterdir())
    device = pick_device(options.colorize.device)
    drawing = torch.full((1, COLOR_SIZE, COLOR_SIZE), 50.0, device=device)
    seconds = 0.0
    for member in members:
        times = []
        for _ in range(3):  # the first call prepares what later ones find ready
            started = time.perf_counter()
            member.predict(drawing).sum().item()
            times.append(time.perf_counter() - started)
        seconds += min(times)
    minutes = n_frames * seconds / 60
    return (
        f"About {n_frames} frames, {len(members)} member(s): networks take up to {minutes:.1f} min,"
        f" less for held drawings; the input is {size / 1e6:.1f} MB, the output up to a few times as much."
    )


def _with_end(render: RenderOptions, source: Source) -> RenderOptions:
    """Turn a preview of N frames into an end time, by the average frame rate."""
    if render.preview is None:
        return render
    rate = source.format.frame_rate or 24
    # Half a frame early, so that rounded timestamps cannot let one frame more in.
    end = (render.start or 0.0) + float((render.preview - 0.5) / rate)
    return replace(render, preview=None, end=end)


def _expected_frames(source: Source, render: RenderOptions) -> int:
    rate = float(source.format.frame_rate or 24)
    first = round((render.start or 0.0) * rate)
    last = source.format.n_frames
    if render.end is not None:
        last = min(last, round(render.end * rate + 0.5)) if last else round(render.end * rate + 0.5)
    return max(0, last - first)
