"""Script of an episode: its shots, drawings, fades and credits, frame by frame.

The script is the ground truth for the detectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Shot
from cartoonize.sample.options import SampleOptions
from cartoonize.sample.scene import Cue, Scene, Tale
from cartoonize.sample.tales import TALES

SERIES_TITLE = "Lotti & Rufus"

#: Usual length in seconds of a scene, of the credits at each end, and of a fade.
_SCENE_SECONDS, _CREDITS_SECONDS, _FADE_SECONDS = 3.4, 1.8, 0.4


@dataclass(frozen=True, slots=True)
class Take:
    """A scene and its place in the episode. ``scene`` is None for credits."""

    shot: Shot
    scene: Scene | None

    @property
    def hold(self) -> int:
        """Number of frames for which a drawing is held."""
        return 1 if self.scene is None else self.scene.hold

    def cue(self, index: int, frame_rate: float, phase: float) -> Cue:
        """Return the moment of the scene that frame ``index`` of the episode shows."""
        assert self.scene is not None
        first = (index - self.shot.start) // self.hold * self.hold
        share = first / self.shot.n_frames
        return Cue(share, first / frame_rate, self.scene.speaker(share), phase)


@dataclass(frozen=True, slots=True, eq=False)
class EpisodeScript:
    """Everything about an episode except its pictures."""

    title: str
    takes: tuple[Take, ...]
    """Shots in order; the first and the last are credits."""
    shot: NDArray[np.int64]
    """(n_frames,) number of the shot, from 0."""
    drawing: NDArray[np.int64]
    """(n_frames,) number of the drawing, from 0. Held frames share one; in a fade each frame has its own."""
    opacity: NDArray[np.float64]
    """(n_frames,) opacity over black, 0..1; below 1 in fades."""
    credits_opacity: NDArray[np.float64]
    """(n_frames,) opacity of the credits, 0..1; 0 outside the credits."""


def episode_script(episode: int, options: SampleOptions) -> EpisodeScript:
    """Write the script of an episode.

    Parameters
    ----------
    episode : int
        Number of the episode, from 1.
    options : SampleOptions
        How the series is drawn.
    """
    random = np.random.default_rng([options.seed, episode, 7])
    n_credits = round(min(_CREDITS_SECONDS, 0.09 * options.seconds) * options.frame_rate)
    title, scenes = _chosen(episode, options, random)
    takes = [Take(Shot(0, n_credits), None)]
    body = options.n_frames - 2 * n_credits
    beats = np.array([s.beat for s in scenes]) * random.uniform(0.92, 1.08, len(scenes))
    ends = np.cumsum(beats) / beats.sum() * body
    for scene, end in zip(scenes, ends.tolist(), strict=True):
        start = takes[-1].shot.stop
        n_drawings = max(round((n_credits + end - start) / scene.hold), 1)
        if start + n_drawings * scene.hold > options.n_frames - n_credits:
            n_drawings -= 1  # the closing credits take the rest
        takes.append(Take(Shot(start, start + n_drawings * scene.hold), scene))
    takes.append(Take(Shot(takes[-1].shot.stop, options.n_frames), None))
    return _timed(title, takes, options)


def credits_opacity(episode: int, options: SampleOptions) -> NDArray[np.float64]:
    """Return the opacity of the credits in each frame, shape (n_frames,); 0 outside the credits."""
    return episode_script(episode, options).credits_opacity


def shots(episode: int, options: SampleOptions) -> list[Shot]:
    """Return the shots of an episode, including the credits at both ends."""
    return [take.shot for take in episode_script(episode, options).takes]


def _chosen(episode: int, options: SampleOptions, random: np.random.Generator) -> tuple[str, list[Scene]]:
    """Choose the title and the scenes: those of the tale, then enough scenes of other tales."""
    n_scenes = max(5, round((options.seconds - 2 * _CREDITS_SECONDS) / _SCENE_SECONDS))
    known = [scene for tale in TALES[1:] for scene in tale.scenes]
    tale = TALES[episode - 1] if episode <= len(TALES) else Tale(f"Adventure {episode}", ())
    scenes = list(tale.scenes)
    while len(scenes) < n_scenes:
        scene = known[int(random.integers(len(known)))]
        if scene not in scenes[-1:]:  # two equal scenes would have no visible cut
            scenes.append(scene)
    return tale.title, scenes


def _timed(title: str, takes: list[Take], options: SampleOptions) -> EpisodeScript:
    """Compute the arrays of a script from its takes."""
    n = options.n_frames
    shot, drawing, opacity = np.zeros(n, np.int64), np.zeros(n, np.int64), np.ones(n)
    credit = np.zeros(n)
    for number, take in enumerate(takes):
        start, stop = take.shot.start, take.shot.stop
        shot[start:stop] = number
        share = min(0.3, _FADE_SECONDS * options.frame_rate / (stop - start))
        n_fade = max(round(share * (stop - start)), 1)
        ramp = (np.arange(n_fade) + 0.5) / n_fade
        if take.scene is None or take.scene.fade_in:
            opacity[start : start + n_fade] = ramp
        if take.scene is None or take.scene.fade_out:
            opacity[stop - n_fade : stop] = ramp[::-1]
        if take.scene is None:
            credit[start:stop] = opacity[start:stop]
    for i in range(1, n):
        take = takes[shot[i]]
        held = take.scene is None or (i - take.shot.start) % take.hold != 0
        same = shot[i] == shot[i - 1] and opacity[i] == opacity[i - 1] and held
        drawing[i] = drawing[i - 1] + (not same)
    return EpisodeScript(title, tuple(takes), shot, drawing, opacity, credit)
