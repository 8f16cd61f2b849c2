"""Estimate of the time that a call of `colorize` takes, and of the size of its outputs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cartoonize.coloring.options import ColorizeOptions
from cartoonize.filters.predict import batches_at_once
from cartoonize.frames import COLOR_SIZE
from cartoonize.methods.member import Member

if TYPE_CHECKING:
    from cartoonize.coloring.films import Film
    from cartoonize.coloring.plan import ColorizePlan


def describe_work(plan: ColorizePlan) -> str:
    """Return a line with the number of frames, the expected time, and the expected size of the outputs."""
    works = [work for work in plan.films if work.up_to_date is None]
    films = [work.film for work in works]
    n_frames = sum(film.n_expected for film in films)
    if plan.run.scheduler:
        duration = "workers colour them"
    elif not all(work.needs_networks for work in works):
        duration = "shots that are in the cache take little time"
    else:
        duration = _network_time(n_frames, plan.ensemble.load(), plan.options)
    return f"About {n_frames} frames, {len(plan.members)} member(s): {duration}; {_size_of(films)}"


def _size_of(films: Sequence[Film]) -> str:
    paths = [film.path for film in films]
    size = sum(p.stat().st_size if p.is_file() else sum(f.stat().st_size for f in p.iterdir()) for p in paths)
    return f"the input is {size / 1e6:.1f} MB, the output up to a few times as much."


def _network_time(n_frames: int, members: Sequence[Member], options: ColorizeOptions) -> str:
    """Return the expected time of the networks as text. It is measured on one drawing."""
    import torch

    from cartoonize.devices import one_thread, pick_device

    device = pick_device(options.predict.device)
    drawing = torch.full((1, COLOR_SIZE, COLOR_SIZE), 50.0, device=device)
    seconds = 0.0
    for member in members:
        times = []
        for _ in range(3):  # the first call is slower: it initialises kernels and memory
            started = time.perf_counter()
            with one_thread():
                member.predict(drawing).sum().item()
            times.append(time.perf_counter() - started)
        seconds += min(times)
    seconds /= batches_at_once(options.predict.device)
    return f"networks take up to {n_frames * seconds / 60:.1f} min, less for held drawings"
