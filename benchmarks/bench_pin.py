"""A pin on a shot that was coloured before: seconds until the new result, and what the cache takes."""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Table
from cartoonize.color.luma import luma_of_rgb
from cartoonize.coloring.cached_shot import CachedShot
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.detect.cuts import CutDetector
from cartoonize.detect.held_drawings import DrawingDetector
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.sample.options import SampleOptions
from cartoonize.sample.series import draw_pictures
from cartoonize.tasks.colorize import colorize
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.sample import sample
from cartoonize.tasks.train import TrainOptions, train
from cartoonize.video import write_film
from cartoonize.workspace import Workspace

HEIGHT, WIDTH, FRAME_RATE = 270, 480, 12
N_DRAWINGS = 60


def run(quick: bool = False) -> list[Table]:
    """Colour one shot of drawn pictures, add a pin, and colour it again."""
    n_drawings = 12 if quick else N_DRAWINGS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workspace = _trained(folder)
        clip = folder / "shot.mkv"
        write_film(clip, _shot(n_drawings), frame_rate=FRAME_RATE, matrix="bt601")
        first = _colored(workspace, clip)
        again = []
        for number in range(1 if quick else 5):
            _pin(workspace, number * 3)
            again.append(_colored(workspace, clip))
        rows = [
            ("first", f"{first:.2f} s"),
            ("with a new pin, the first time", f"{again[0]:.2f} s"),
            ("with another new pin, best", f"{min(again):.2f} s"),
            *_cache_rows(workspace),
        ]
    note = f"{n_drawings} drawings of {WIDTH}x{HEIGHT} in one shot; series, tracks; in one process, loaded."
    return [Table("A pin", ("what", "result"), rows, note)]


def _trained(folder: Path) -> Workspace:
    """Return a workspace with the network series, trained for some updates on a drawn episode."""
    (episode,) = sample(folder / "series", options=SampleOptions(n_episodes=1, seconds=10))
    workspace = Workspace(folder / "workspace")
    extract(workspace, [episode.path], options=ExtractOptions())
    train(workspace, ["series"], options=TrainOptions(epochs=1))
    return workspace


def _shot(n_drawings: int) -> Iterator[np.ndarray]:
    """Yield grey pictures (height, width, 3) of the longest drawn shot, to and fro: each is a new drawing."""
    options = SampleOptions(n_episodes=1, height=HEIGHT, width=WIDTH, seconds=20)
    shots: list[list[np.ndarray]] = []
    cuts, drawings = CutDetector(), DrawingDetector()
    for picture in draw_pictures(1, options=options):
        grey = luma_of_rgb(picture)
        if cuts.is_cut(grey) or not shots:
            shots.append([])
        if drawings.is_new(grey):
            shots[-1].append(grey)
    longest = max(shots, key=len)
    period = [*range(len(longest)), *range(len(longest) - 2, 0, -1)]
    for number in range(n_drawings):
        yield np.repeat(longest[period[number % len(period)]][..., None], 3, -1)


def _pin(workspace: Workspace, frame: int) -> None:
    """Put one pin on a frame."""
    pin = {"episode": "shot", "frame": frame, "x": 0.5, "y": 0.6, "color": "#c03028"}
    data = {"format": "cartoonize-pins", "version": 1, "pins": [pin]}
    workspace.pins.write_text(json.dumps(data), encoding="utf-8")


def _colored(workspace: Workspace, clip: Path) -> float:
    """Colour the clip; return the seconds from the call to the finished file."""
    options = ColorizeOptions(refine=RefineOptions("tracks"), render=RenderOptions(force=True))
    started = time.perf_counter()
    colorize(workspace, [clip], choice=Choice(("series",)), options=options)
    return time.perf_counter() - started


def _cache_rows(workspace: Workspace) -> list[tuple[str, str]]:
    """Return the size of the cached shot, beside that of its chroma."""
    (path,) = (workspace.cache / "shots").rglob("*.npz")
    cached = CachedShot.read(path, tracked=True)
    assert cached is not None
    total, chroma = path.stat().st_size, cached.chroma.n_bytes
    return [
        ("chroma in the cache", f"{chroma / 1e3:.0f} kB"),
        ("the cached shot", f"{total / 1e3:.0f} kB, {total / chroma:.2f} times the chroma"),
    ]
