"""Speed of `colorize`, compared with a plain loop, with the sum of its parts and with the film's duration."""

import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from benchmarks.material import FRAME_RATE, HEIGHT, WIDTH, trained, untrained, write_clip, write_untrained
from benchmarks.measure import Table
from benchmarks.plain_loop import colorize_plainly
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.devices import name_of
from cartoonize.filters.combine import combine_frames
from cartoonize.filters.number import number_drawings
from cartoonize.filters.predict import PredictOptions, predict_frames
from cartoonize.filters.refine import RefineOptions, refine_frames
from cartoonize.filters.render import RenderOptions, render_frames
from cartoonize.frames import Frame
from cartoonize.methods.member import Member, load_member
from cartoonize.tasks.colorize import colorize
from cartoonize.video import open_source, open_writer
from cartoonize.workspace import Workspace

N_MEMBERS = 6
_NOTE = (
    f"Clips of {WIDTH}x{HEIGHT}, {FRAME_RATE} frames/s, {{n}} drawings; plain at width 1.0, input 224, "
    "untrained; from file to file, in one process, with models in memory."
)


def run(quick: bool = False) -> list[Table]:
    """Return the tables of speed, and of the difference from the plain loop's colours."""
    n_drawings = 24 if quick else 160
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoints = tuple(write_untrained(folder, seed=seed) for seed in range(1 if quick else N_MEMBERS))
        clips = {held: write_clip(folder / f"{held}.mkv", n_drawings, held=held) for held in (1, 2, 3)}
        colored(folder, clips[1], checkpoints, "grow", preview=4)  # compile, load, warm up
        tables = [
            _against_plain_loop(folder, clips, checkpoints[:1], n_drawings),
            _playing_time(folder, clips, checkpoints[:1]),
            _parts(folder, clips[2], checkpoints[0]),
        ]
        if not quick:
            tables.append(_ensemble(folder, clips[2], checkpoints))
        tables.append(_difference(folder, clips[1], minutes=0.1 if quick else 1.0))
    note = _NOTE.format(n=n_drawings)
    return [replace(table, note=table.note or note) for table in tables]


def colored(
    folder: Path, clip: Path, checkpoints: tuple[Path, ...], refine: str = "none", preview: int | None = None
) -> float:
    """Colour a clip with `colorize` and return the seconds."""
    options = ColorizeOptions(
        refine=RefineOptions(refine=refine), render=RenderOptions(preview=preview, force=True)
    )
    choice = Choice(checkpoints=checkpoints)
    workspace = Workspace(folder / "workspace")
    (done,) = colorize(workspace, [clip], choice=choice, options=options, output=folder / "ours.mkv")
    return done.seconds


def _against_plain_loop(
    folder: Path, clips: dict[int, Path], checkpoints: tuple[Path, ...], n_drawings: int
) -> Table:
    network = untrained("plain")
    rows = []
    for held, what in ((1, "every frame differs"), (2, "each drawing held for two frames")):
        n_frames = held * n_drawings
        ours = min(colored(folder, clips[held], checkpoints) for _ in range(2))
        with tempfile.TemporaryDirectory() as pictures:
            started = time.perf_counter()
            colorize_plainly(clips[held], folder / "plain.mkv", network, Path(pictures))
            plainly = time.perf_counter() - started
        rows.append((what, 1000 * plainly / n_frames, 1000 * ours / n_frames, f"{plainly / ours:.1f}x"))
    head = ("clip", "plain loop, ms per frame", "colorize --refine none, ms per frame", "ratio")
    return Table("Compared with a plain loop", head, rows)


def _playing_time(folder: Path, clips: dict[int, Path], checkpoints: tuple[Path, ...]) -> Table:
    rows = []
    for held, clip in clips.items():
        with open_source(clip) as source:
            plays = source.format.n_frames / FRAME_RATE
        taken = [
            min(colored(folder, clip, checkpoints, refine) for _ in range(2)) for refine in ("none", "grow")
        ]
        rows.append((held, plays, *(f"{seconds:.1f} ({seconds / plays:.2f}x)" for seconds in taken)))
    head = ("frames per drawing", "duration, s", "--refine none, s", "--refine grow, s")
    return Table("Compared with the film's duration", head, rows)


def _parts(folder: Path, clip: Path, checkpoint: Path) -> Table:
    """Time the whole, then each part alone on the complete output of the part before it."""
    from cartoonize.devices import pick_device, pick_dtype

    device = pick_device()
    member = load_member(checkpoint, device, dtype=pick_dtype("auto", device))
    whole = min(colored(folder, clip, (checkpoint,), "grow") for _ in range(2))
    alone: dict[str, float] = {}

    def timed(name: str, part: Callable[[], Iterable[Any]]) -> list[Any]:
        started = time.perf_counter()
        made = list(part())
        alone[name] = time.perf_counter() - started
        return made

    with open_source(clip) as source:
        frames: list[Frame] = timed("decode", source.frames)
        numbered = timed("find held drawings", lambda: number_drawings(frames))
        predicted = timed("network", lambda: _predicted(numbered, member))
        filled = timed("refine", lambda: refine_frames(predicted, options=RefineOptions("grow")))
        writer = open_writer(folder / "parts.mkv", source.format, copy_from=clip, force=True)
        with writer:
            planes = writer.plane_format
            rendered = timed("render", lambda: render_frames(combine_frames(filled), planes=planes))
            started = time.perf_counter()
            for frame in rendered:
                writer.write(frame)
        alone["encode"] = time.perf_counter() - started
    total, longest = sum(alone.values()), max(alone.values())
    rows: list[tuple[Any, ...]] = [(name, taken, f"{taken / whole:.2f}") for name, taken in alone.items()]
    rows += [("sum of the parts", total, f"{total / whole:.2f}"), ("the whole", whole, "1")]
    note = (
        f"The whole takes {whole / total:.2f} times the sum of its parts when they run alone, and "
        f"{whole / longest:.2f} times the longest part. Clip on twos, filled by region growing."
    )
    return Table("The whole and its parts", ("part", "s", "share of the whole"), rows, note)


def _predicted(frames: list[Frame], member: Member) -> Iterable[Frame]:
    return predict_frames(frames, [member], options=PredictOptions())


def _ensemble(folder: Path, clip: Path, checkpoints: tuple[Path, ...]) -> Table:
    one, six = (
        min(colored(folder, clip, members) for _ in range(2)) for members in (checkpoints[:1], checkpoints)
    )
    rows = [(1, one, "1"), (len(checkpoints), six, f"{six / one:.2f}x")]
    return Table("Members of an ensemble", ("members", "s", "ratio"), rows)


def _difference(folder: Path, clip: Path, *, minutes: float) -> Table:
    """Compare the colours with those of the plain loop, for a network trained on the clip's series."""
    checkpoint = trained(folder / "trained", minutes=minutes)
    plainly: dict[int, np.ndarray] = {}
    with tempfile.TemporaryDirectory() as pictures:
        colorize_plainly(
            clip,
            folder / "plain.mkv",
            load_member(checkpoint).module,
            Path(pictures),
            look=lambda index, ab: plainly.update({index: ab.astype(np.float32)}),
        )
    rows = []
    for dtype in (torch.float32, torch.bfloat16):
        member = load_member(checkpoint, dtype=dtype)
        with open_source(clip) as source:
            frames = predict_frames(
                number_drawings(source.frames()), [member], options=PredictOptions(device="cpu")
            )
            differences = [
                np.abs(cv2.resize(frame.ab[0], (WIDTH, HEIGHT)) - plainly[frame.index]).mean()
                for frame in frames
                if frame.ab is not None
            ]
        chroma = np.mean([np.abs(ab).mean() for ab in plainly.values()])
        rows.append((name_of(dtype), float(np.mean(differences)), float(max(differences)), float(chroma)))
    head = ("precision", "mean |difference of ab|", "in the worst frame", "mean |ab|")
    note = f"plain-norebalance at width 0.125, trained for {minutes:g} min on the sample series."
    return Table("Difference from the colours of the plain loop", head, rows, note)
