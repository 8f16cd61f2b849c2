"""The sound track: a plucked tune over soft chords, and footsteps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 44100

# Chords as degrees of a major scale, and the degrees of the tune (pentatonic).
_CHORDS = ((0, 2, 4), (5, 7, 9), (3, 5, 7), (4, 6, 8))
_TUNE = (0, 1, 2, 4, 5, 7, 8, 9)
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_BEAT = 0.32


def sound_track(seconds: float, steps: Iterable[float], *, seed: tuple[int, ...]) -> NDArray[np.float32]:
    """Compose and synthesise the sound of an episode.

    Parameters
    ----------
    seconds : float
        Length of the episode.
    steps : iterable of float
        Times of footsteps, in seconds.
    seed : sequence of int
        Seed of the key and the tune.

    Returns
    -------
    ndarray, shape (n, 2), float32
        Left and right channel, -1..1, at `SAMPLE_RATE`.
    """
    random = np.random.default_rng(seed)
    n = round(seconds * SAMPLE_RATE)
    track = np.zeros((n, 2), np.float32)
    key = 57 + int(random.integers(0, 6))
    degree = 4
    for beat in range(int(seconds / _BEAT) + 1):
        chord = _CHORDS[beat // 8 % 4]
        start = beat * _BEAT
        if beat % 8 == 0:
            for k, voice in enumerate(chord):
                _add(track, start, _pad(_frequency(key - 12, voice), 8 * _BEAT), 0.05, (k - 1) * 0.5)
        if beat % 4 == 0:
            _add(track, start, _pluck(_frequency(key - 24, chord[0]), 1.2), 0.2, 0)
        if random.random() < (0.9 if beat % 2 == 0 else 0.45):
            degree = int(np.clip(degree + random.integers(-2, 3), 0, len(_TUNE) - 1))
            note = chord[degree % 3] + 7 if beat % 8 == 0 else _TUNE[degree] + 7
            _add(track, start, _pluck(_frequency(key, note), 0.9), 0.16, float(random.uniform(-0.4, 0.4)))
    for k, start in enumerate(steps):
        _add(track, start, _thump(random), 0.22, 0.25 if k % 2 else -0.25)
    edge = np.clip(np.minimum(np.arange(n), np.arange(n)[::-1]) / (0.4 * SAMPLE_RATE), 0, 1)
    return (np.tanh(track) * edge[:, None]).astype(np.float32)


def _frequency(key: int, degree: int) -> float:
    """Return the frequency in Hz of a degree of the major scale that starts at a MIDI note."""
    return 440 * 2 ** ((key + 12 * (degree // 7) + _MAJOR[degree % 7] - 69) / 12)


def _add(
    track: NDArray[np.float32], start: float, tone: NDArray[np.float64], gain: float, side: float
) -> None:
    """Add a tone to the track; ``side`` is -1 (left) to 1 (right)."""
    first = int(start * SAMPLE_RATE)
    tone = tone[: max(len(track) - first, 0)]
    track[first : first + len(tone), 0] += gain * (1 - 0.5 * side) * tone
    track[first : first + len(tone), 1] += gain * (1 + 0.5 * side) * tone


def _pluck(frequency: float, seconds: float) -> NDArray[np.float64]:
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = sum(
        a * np.exp(-t * (3 + 2.2 * k)) * np.sin(2 * np.pi * k * frequency * t)
        for k, a in ((1, 1.0), (2, 0.45), (3, 0.22), (4, 0.1))
    )
    return tone * np.minimum(1, t / 0.004)


def _pad(frequency: float, seconds: float) -> NDArray[np.float64]:
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    swell = np.sin(np.pi * np.clip(t / seconds, 0, 1)) ** 0.6
    return swell * (np.sin(2 * np.pi * frequency * t) + 0.3 * np.sin(4 * np.pi * frequency * t + 1))


def _thump(random: np.random.Generator) -> NDArray[np.float64]:
    t = np.arange(int(0.11 * SAMPLE_RATE)) / SAMPLE_RATE
    noise = np.convolve(random.standard_normal(len(t)), np.ones(24) / 24, "same")
    return np.exp(-t * 46) * (np.sin(2 * np.pi * (86 - 180 * t) * t) + 1.2 * noise)
