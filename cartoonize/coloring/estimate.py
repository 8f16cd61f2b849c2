"""Estimate of the time that a call of `colorize` takes, and of the size of its outputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from cartoonize.coloring.disk_space import least_bytes
from cartoonize.coloring.pipeline import ShotContext, color_shot, shot_batches
from cartoonize.coloring.shots import ShotFrames, ShotStream, color_shots
from cartoonize.errors import CartoonizeError
from cartoonize.film_parts import content_files, whole_film
from cartoonize.filters.number import number_drawings
from cartoonize.filters.predict import network_threads
from cartoonize.frames import Frame
from cartoonize.prefetch import prefetch
from cartoonize.reporting import counted, duration

if TYPE_CHECKING:
    from cartoonize.coloring.films import Film
    from cartoonize.coloring.plan import ColorizePlan

T = TypeVar("T")

#: Places of a film at which frames are read to count drawings, as shares of its length.
_PLACES = (0.3, 0.55, 0.8)
#: Number of frames that are read at each place.
_N_READ = 48
#: Number of them that are coloured to measure the time.
_N_COLORED = 10
#: Shorter films are not worth the measurement.
_SHORTEST = 1000
#: Time of a drawing in whole shots, as a multiple of its time in the short measured ones: with tracks, which
#: have work to do for each shot, and without.
_IN_WHOLE_SHOTS = {True: 0.7, False: 0.9}
#: Codecs whose files do not get larger with a film of higher quality.
_LOSSLESS = ("ffv1", "png")


def describe_work(plan: ColorizePlan) -> str:
    """Return a line with the number of frames, the expected time, and the expected size of the outputs."""
    works = [work for work in plan.films if work.up_to_date is None]
    films = [work.film for work in works]
    new = [work.film for work in works if work.needs_networks]
    per_frame = None if plan.run.scheduler else _seconds_per_frame(plan, new)
    parts = [counted(sum(film.n_expected for film in films), "frame")]
    if per_frame is not None:
        seconds = per_frame * sum(film.n_expected for film in new)
        parts.append(f"about {duration(seconds)} on this machine")
    if len(new) < len(films):
        parts.append("less for shots in the cache")
    name = films[0].path.name if len(films) == 1 else counted(len(films), "film")
    outputs = "the output needs" if len(films) == 1 else "the outputs need"
    return f"{name}: {', '.join(parts)}; {outputs} about {_size_of(films)}."


def _size_of(films: Sequence[Film]) -> str:
    """Return the expected size of the outputs: one to three times as large as the inputs, if lossy."""
    least = 0.0
    for film in films:
        if film.render.codec in _LOSSLESS:
            least += 4 * least_bytes(film)
        else:
            whole = whole_film(film.path)
            files = [whole] if whole.is_file() else content_files(whole)
            n_frames = film.source.format.n_frames or film.n_expected
            share = getattr(film.source, "share", 1.0) * (film.n_expected / n_frames if n_frames else 1)
            least += share * sum(f.stat().st_size for f in files)
    low, high = (max(1, round(size / 1e6)) for size in (least, 3 * least))
    return f"{low} to {high} MB" if high > low else f"{low} MB"


def _seconds_per_frame(plan: ColorizePlan, films: Sequence[Film]) -> float | None:
    """Return the expected time of one frame, in seconds, measured on parts of a film.

    It is None if no film is long enough, or if its parts cannot be coloured one by one.
    """
    film = next((film for film in films if film.n_expected >= _SHORTEST), None)
    if film is None or film.plates is not None or film.new_at:
        return None
    with suppress(CartoonizeError):  # if the film is damaged, the work itself says so
        read, parts = _timed(lambda: [_read(film, place) for place in _PLACES])
        samples = [part[:_N_COLORED] for part in parts]
        _color(plan, film, samples[:1])  # the first call is slower: it initialises kernels and memory
        colored, _ = _timed(lambda: _color(plan, film, samples))
        n_sampled = sum(sample[-1].drawing + 1 for sample in samples)
        n_read = sum(len(part) for part in parts)
        new_drawings = sum(part[-1].drawing for part in parts) / (n_read - len(parts))
        per_drawing = _IN_WHOLE_SHOTS[plan.options.uses_tracks] * colored / n_sampled
        return read / n_read + new_drawings * per_drawing
    return None


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds that a function takes, and its result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _read(film: Film, place: float) -> list[Frame]:
    """Return some frames in a row, numbered, from a place of a film."""
    start = (film.first + round(place * film.n_expected)) / float(film.source.format.frame_rate or 24)
    frames = film.source.frames(rgb=film.with_color, start=start)
    return list(number_drawings(islice(frames, _N_READ)))


def _color(plan: ColorizePlan, film: Film, samples: Sequence[Sequence[Frame]]) -> None:
    """Colour frames as the work does, each sample as a shot, without annotations, and encode them."""
    from cartoonize.video import open_writer

    frames = [
        replace(frame, index=shot * _N_READ + k).having(shot=shot, drawing=shot * _N_READ + frame.drawing)
        for shot, sample in enumerate(samples)
        for k, frame in enumerate(sample)
    ]
    planes, coding = film.writer.plane_format, film.render.coding
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        network_threads(plan.options.predict.device, plan.variants) as threads,
        open_writer(Path(folder) / f"x{film.writer.suffix}", film.source.format, **coding) as writer,
    ):
        context = ShotContext(plan.ensemble.load, planes, plan.options, threads=threads)

        def colored(shot: ShotFrames) -> ShotStream:
            stream = color_shot(shot_batches(shot, plan.options), context)
            return ShotStream(stream, stream)

        with closing(prefetch(color_shots(frames, colored))) as stream:
            for frame in stream:
                writer.write(frame)
