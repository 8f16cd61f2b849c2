"""The sample series: draw its episodes frame by frame and write them as videos."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import OutputError
from cartoonize.reporting import LOG, Reporter
from cartoonize.sample.credits import credits_card, faded
from cartoonize.sample.options import SampleOptions
from cartoonize.sample.script import (
    SERIES_TITLE,
    EpisodeScript,
    Take,
    credits_opacity,
    episode_script,
    shots,
)
from cartoonize.sample.sound import SAMPLE_RATE, sound_track
from cartoonize.sample.stage import Painter, Stage

__all__ = [
    "EpisodeScript",
    "EpisodeSummary",
    "SampleOptions",
    "credits_opacity",
    "draw_pictures",
    "draw_series",
    "episode_script",
    "shots",
]


@dataclass(frozen=True, slots=True)
class EpisodeSummary:
    """Facts about an episode that was drawn."""

    path: Path
    title: str
    n_frames: int
    n_drawings: int
    """Number of different drawings; frames that hold one drawing count once."""
    n_shots: int
    """Number of shots, credits included."""
    seconds: float


def draw_series(
    folder: Path,
    *,
    options: SampleOptions,
    write: Callable[..., object],
    reporter: Reporter = LOG,
) -> list[EpisodeSummary]:
    """Draw the series into ``episode1.mkv``, ``episode2.mkv``, ... of a folder, with sound and subtitles.

    Parameters
    ----------
    folder : Path
        Created if it does not exist.
    options : SampleOptions
        How the series is drawn.
    write : callable
        Writes one video: `cartoonize.video.write_film`, or a function with the same keywords ``frame_rate``,
        ``sound``, ``sample_rate``, ``subtitles``, ``chapters``, ``metadata`` and ``matrix``.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of EpisodeSummary

    Raises
    ------
    OutputError
        If the folder cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot create the folder {folder}: {error.strerror}", "Choose another folder."
        ) from error
    digits = len(str(options.n_episodes))
    summaries = []
    for episode in range(1, options.n_episodes + 1):
        script = episode_script(episode, options)
        path = folder / f"episode{episode:0{digits}}.mkv"
        seconds = options.n_frames / options.frame_rate
        write(
            path,
            _reported(draw_pictures(episode, options=options), episode, options, reporter),
            frame_rate=options.frame_rate,
            sound=sound_track(seconds, _steps(script, options), seed=(options.seed, episode)),
            sample_rate=SAMPLE_RATE,
            subtitles=subtitles(script, options),
            chapters=_chapters(script, options),
            metadata={"title": f"{SERIES_TITLE}: {script.title}"},
            matrix="bt601",
        )
        n_drawings = int(script.drawing[-1]) + 1
        summaries.append(
            EpisodeSummary(path, script.title, options.n_frames, n_drawings, len(script.takes), seconds)
        )
    return summaries


def draw_pictures(episode: int, *, options: SampleOptions) -> Iterator[NDArray[np.uint8]]:
    """Draw an episode.

    Parameters
    ----------
    episode : int
        Number of the episode, from 1.
    options : SampleOptions
        How the series is drawn.

    Yields
    ------
    ndarray, shape (height, width, 3), uint8
        sRGB 0..255, read-only, one per frame. Without grain, frames that hold one drawing share one array.
    """
    script = episode_script(episode, options)
    phase = float(np.random.default_rng([options.seed, episode, 3]).random())
    grain = _Grain(options, episode) if options.grain else None
    picture = np.empty(0, np.uint8)
    last_drawing = -1
    for take in script.takes:
        draw = _drawer(take, script.title, options, phase)
        last_base, base = -1, picture
        for index in range(take.shot.start, take.shot.stop):
            if script.drawing[index] != last_drawing:
                last_drawing = int(script.drawing[index])
                this_base = (index - take.shot.start) // take.hold if take.scene is not None else 0
                if this_base != last_base:
                    base, last_base = draw(index), this_base
                opacity = float(script.opacity[index])
                picture = base if opacity == 1 else faded(base, opacity)
                picture.setflags(write=False)
            yield picture if grain is None else grain.on(picture)


def subtitles(script: EpisodeScript, options: SampleOptions) -> list[tuple[float, float, str]]:
    """Return the dialogue of an episode as (start, stop, text), with times in seconds."""
    rows = []
    for take in script.takes:
        for line in take.scene.lines if take.scene is not None else ():
            start = take.shot.start + line.start * take.shot.n_frames
            stop = take.shot.start + line.stop * take.shot.n_frames
            rows.append((start / options.frame_rate, stop / options.frame_rate, line.text))
    return rows


def _chapters(script: EpisodeScript, options: SampleOptions) -> list[tuple[float, float, str]]:
    """Return the shots of an episode as chapters (start, stop, title), with times in seconds."""
    return [
        (
            take.shot.start / options.frame_rate,
            take.shot.stop / options.frame_rate,
            "Credits" if take.scene is None else f"Scene {number}",
        )
        for number, take in enumerate(script.takes)
    ]


def _drawer(
    take: Take, title: str, options: SampleOptions, phase: float
) -> Callable[[int], NDArray[np.uint8]]:
    """Return a function that draws the frame with a given index of a shot."""
    if take.scene is None:
        lines = (SERIES_TITLE, title) if take.shot.start == 0 else ("The End", SERIES_TITLE)
        return lambda index: credits_card(*lines, options.height, options.width)
    scene = take.scene
    stage = Stage(
        options.height,
        options.width,
        scene.backdrop,
        scene.front,
        drift=scene.drift,
        seed=(options.seed, _number_of(scene.backdrop)),
    )

    def draw(index: int) -> NDArray[np.uint8]:
        cue = take.cue(index, options.frame_rate, phase)
        before = scene.before
        return stage.shoot(
            scene.view(cue),
            lambda pen: scene.act(pen, cue),
            None if before is None else lambda pen: before(pen, cue),
        )

    return draw


def _number_of(backdrop: Painter) -> int:
    """Return the seed of a set. A set looks the same in all scenes and episodes, as in a real series."""
    return zlib.crc32(backdrop.__qualname__.encode())


class _Grain:
    """Film grain: one sheet of noise, added to each frame at a different offset."""

    def __init__(self, options: SampleOptions, episode: int) -> None:
        self._random = np.random.default_rng([options.seed, episode, 11])
        self._shape = options.height, options.width
        noise = self._random.standard_normal((options.height + 64, options.width + 64))
        self._sheet = np.rint(noise * options.grain).astype(np.int16)

    def on(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        top, left = self._random.integers(0, 64, 2).tolist()
        noise = self._sheet[top : top + self._shape[0], left : left + self._shape[1]]
        return np.clip(picture + noise[..., None], 0, 255).astype(np.uint8)


def _steps(script: EpisodeScript, options: SampleOptions) -> list[float]:
    """Return the times of footsteps, in seconds."""
    times: list[float] = []
    for take in script.takes:
        if take.scene is not None and take.scene.steps:
            start, stop = take.shot.start / options.frame_rate, take.shot.stop / options.frame_rate
            times += np.arange(start, stop - 0.05, 1 / take.scene.steps).tolist()
    return times


def _reported(
    pictures: Iterator[NDArray[np.uint8]], episode: int, options: SampleOptions, reporter: Reporter
) -> Iterator[NDArray[np.uint8]]:
    """Yield the pictures of an episode and report the progress of the whole series."""
    total = options.n_episodes * options.n_frames
    for done, picture in enumerate(pictures, (episode - 1) * options.n_frames + 1):
        yield picture
        reporter.progress("drawing", done, total, unit="frames")
