"""From an episode to its coloured copy: the stages between a source and a writer, composed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.atomic import make_folder
from cartoonize.errors import CheckpointError, OutputError, UsageError
from cartoonize.frames import COLOR_SIZE, Frame, PlaneFormat
from cartoonize.stages.colorize import ColorizeOptions, check_members, colorize_frames
from cartoonize.stages.combine import combine_frames
from cartoonize.stages.drawings import number_drawings
from cartoonize.stages.refine import RefineOptions, refine_frames
from cartoonize.stages.render import RenderOptions, render_frames
from cartoonize.variants import VARIANTS, Member, find_variant, fixed_member, load_member
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.video.source import Source

REFINE_ORDERS = ("members", "result")


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
class Choice:
    """Which trained methods colour."""

    variants: tuple[str, ...] = ()
    checkpoints: tuple[Path, ...] = ()
    ensemble: bool = False
    """All trained networks of the workspace."""


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
) -> Iterator[Frame]:
    """Take frames from grey to ready for a writer; lazily, with a bounded look-ahead.

    Parameters
    ----------
    frames : iterable of Frame
        As a source yields them, or already numbered by `number_drawings`.
    members : sequence of Member
    planes : PlaneFormat
        What the writer takes.
    options : FlowOptions
    """
    colored = colorize_frames(frames, members, options=options.colorize)
    if options.refine_order == "members":
        combined = combine_frames(refine_frames(colored, options=options.refine))
    else:
        combined = refine_frames(combine_frames(colored), options=options.refine)
    return render_frames(combined, planes=planes)


def choose_checkpoints(
    workspace: Workspace, choice: Choice, *, notify: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Return the checkpoints that a choice names; none named means the best trained network by validation.

    Raises
    ------
    UnknownNameError, CheckpointError
        If a variant is unknown, or has not been trained.
    """
    paths: list[Path] = list(choice.checkpoints)
    for name in choice.variants:
        if find_variant(name).kind == "fixed":
            continue
        if not workspace.checkpoint(name).is_file():
            known = ", ".join(p.parent.name for p in workspace.trained()) or "none"
            raise CheckpointError(
                f"variant {name!r} is not trained in {workspace.root} (trained: {known})",
                f"Run `cartoonize train --variant {name}`.",
            )
        paths.append(workspace.checkpoint(name))
    if choice.ensemble:
        paths += [path for path in _trained_networks(workspace) if path not in paths]
    elif not (choice.checkpoints or choice.variants):
        networks = _trained_networks(workspace)
        paths = [min(networks, key=lambda path: networks[path])]
        best = paths[0]
        notify(f"Colouring with {best.parent.name}, the best by {_measure(best)} of {len(networks)} trained.")
    return paths


def _measure(checkpoint: Path) -> str:
    """Say what a checkpoint's validation error was measured on."""
    from cartoonize.models.checkpoint import read_header

    held_out = read_header(checkpoint)["data"]["validation"]
    return "validation" if held_out else "its error on training frames (no validation episode)"


def choose_members(
    workspace: Workspace,
    choice: Choice,
    *,
    device: str = "auto",
    notify: Callable[[str], None] = lambda line: None,
) -> list[Member]:
    """Load the members that a choice names, as `choose_checkpoints` says, and those that need no training."""
    from cartoonize.devices import pick_device

    on = pick_device(device)
    fixed = [fixed_member(name) for name in choice.variants if find_variant(name).kind == "fixed"]
    return fixed + [load_member(path, on) for path in choose_checkpoints(workspace, choice, notify=notify)]


def _trained_networks(workspace: Workspace) -> dict[Path, float]:
    """Return the checkpoints of trained networks with their validation error."""
    from cartoonize.models.checkpoint import read_header

    networks = {}
    for path in workspace.trained():
        header = read_header(path)
        try:
            if VARIANTS[header["variant"]].kind == "network":
                networks[path] = float(header["validation"]["ab_error"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{path}: its header does not say which variant it is and how it was validated",
                "Train it again, or take its folder away.",
            ) from error
    if not networks:
        raise CheckpointError(
            f"{workspace.root}: no trained variant", "Run `cartoonize train`, or give --checkpoint FILE."
        )
    return networks


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
    choice: Choice = Choice(),
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
    members = choose_members(workspace, choice, device=options.colorize.device, notify=notices.append)
    check_members(members, options.colorize)
    outputs = _output_paths(workspace, sources, output, options.render, notices.append)
    _check_free(sources, outputs, options.render)

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
            frames = source.frames(
                rgb=wants_color and source.format.has_color, start=render.start, end=render.end
            )
            numbered = count.over(number_drawings(frames))
            for n_written, frame in enumerate(
                color_frames(numbered, members, planes=writer.plane_format, options=options), 1
            ):
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
    drawing = torch.full((1, COLOR_SIZE, COLOR_SIZE), 50.0, device=pick_device(options.colorize.device))
    seconds = 0.0
    for member in members:
        member.predict(drawing)  # the first call prepares what later ones find ready
        started = time.perf_counter()
        member.predict(drawing).sum().item()
        seconds += time.perf_counter() - started
    minutes = n_frames * seconds / 60
    return (
        f"About {n_frames} frames, {len(members)} member(s): networks take at most {minutes:.1f} min,"
        f" less for held drawings; the input is {size / 1e6:.1f} MB, the output up to a few times as much."
    )


def _with_end(render: RenderOptions, source: Source) -> RenderOptions:
    """Turn a preview of N frames into an end time."""
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


def _output_paths(
    workspace: Workspace,
    sources: Sequence[Path],
    output: Path | None,
    render: RenderOptions,
    notify: Callable[[str], None],
) -> list[Path]:
    """Decide what every source's result is called."""
    if output is not None and output.suffix and not output.is_dir():
        if len(sources) > 1:
            raise UsageError(
                f"{output}: one file for {len(sources)} sources",
                "Give -o a folder, or colour them one by one.",
            )
        return [output]
    suffixes = [_suffix(source, render, notify) for source in sources]
    if output is not None and suffixes == [""]:
        return [output]  # the folder of pictures itself: with --force it is found again
    folder = output or workspace.out
    paths: list[Path] = []
    for source, suffix in zip(sources, suffixes, strict=True):
        stem = source.resolve().name if source.is_dir() else source.stem
        longer = f"{source.resolve().parent.name}-{stem}"
        names = [stem, longer, *(f"{longer}-{number}" for number in range(2, len(sources) + 1))]
        paths.append(next(p for name in names if (p := folder / f"{name}{suffix}") not in paths))
    return paths


def _check_free(sources: Sequence[Path], outputs: Sequence[Path], render: RenderOptions) -> None:
    """Raise `OutputError` if a result would replace a source, or something else without ``force``."""
    inputs = {path.resolve() for path in sources}
    for output in outputs:
        if output.resolve() in inputs:
            raise OutputError(f"{output} is the input itself", "Give the output another name.")
        if output.exists() and not render.force:
            raise OutputError(f"{output} exists already", "Use --force to replace it.")


def _suffix(source: Path, render: RenderOptions, notify: Callable[[str], None]) -> str:
    """Return ``.mp4`` if MP4 holds all that the source has, else ``.mkv``; ``.png`` or none for pictures."""
    from cartoonize.video import mp4_can_hold, open_source

    with open_source(source, allow_damaged=render.allow_damaged) as opened:
        kind = opened.kind
    if kind == "image":
        return ".png"
    if kind == "stills" or render.codec == "png":
        return ""
    if render.codec == "ffv1":
        return ".mkv"
    unfit = mp4_can_hold(source)
    if unfit:
        notify(f"{source.name}: written as MKV, since MP4 cannot hold {', '.join(unfit)}.")
    return ".mkv" if unfit else ".mp4"
