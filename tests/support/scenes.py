"""A film of drawn scenes with cuts, dissolves, fades and wipes at known frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

import numpy as np

SIZE = 256


@dataclass
class SceneFilm:
    """A film in black and white. Every method adds frames and returns the film."""

    speed: float = 0.0
    """Pixels that an actor moves from frame to frame."""
    pictures: list[np.ndarray] = field(default_factory=list)
    sides: dict[int, np.ndarray] = field(default_factory=dict)
    """Of wiped frames: the pixels that show what comes next, bool (256, 256)."""
    _scene: int = 0
    _pending: tuple[str, int, float] | None = None

    @staticmethod
    def picture(scene: int, shape: tuple[int, int] = (SIZE, SIZE)) -> np.ndarray:
        """Return the background of a scene: boxes of random lightness."""
        rng = np.random.default_rng(scene)
        picture = np.full(shape, rng.integers(60, 200), np.uint8)
        for _ in range(30 * shape[1] // SIZE):
            top, left = rng.integers(0, shape[0] - 30), rng.integers(0, shape[1] - 30)
            height, width = rng.integers(20, 110, 2)
            picture[top : top + height, left : left + width] = rng.integers(20, 240)
        return picture

    def moment(self, scene: int, t: int) -> np.ndarray:
        """Return a frame of a scene: its background and an actor."""
        picture = self.picture(scene)
        left = int(40 + self.speed * t) % (SIZE - 40)
        picture[150:220, left : left + 36] = 250
        return picture

    def shot(self, scene: int, n_frames: int) -> Self:
        """Add frames of a scene, after the transition that was announced."""
        kind, n, level = self._pending or ("cut", 0, 0.0)
        start = len(self.pictures)
        before = self._scene
        for t in range(n):
            share = (t + 1) / (n + 1)
            into = self.moment(scene, start + t)
            if kind in ("wipe", "iris"):
                shown = self.moment(before, start + t) if kind == "wipe" else np.uint8(level)
                self.pictures.append(np.where(self.sides[start + t], into, shown).astype(np.uint8))
                continue
            other = self.moment(before, start + t) if kind == "dissolve" else level
            self.pictures.append(np.rint((1 - share) * other + share * into).astype(np.uint8))
        self.pictures += [self.moment(scene, start + n + t) for t in range(n_frames)]
        self._scene, self._pending = scene, None
        return self

    def dissolve(self, n: int) -> Self:
        """Announce that the next shot begins by a dissolve of this number of mixed frames."""
        self._pending = ("dissolve", n, 0.0)
        return self

    def wipe(self, n: int, shape: str = "right") -> Self:
        """Announce that the next shot wipes the one before away: "right", "down", "diagonal", "iris"."""
        self._pending = ("wipe", n, 0.0)
        self._divide(n, shape)
        return self

    def iris_in(self, n: int, level: float) -> Self:
        """Announce that the next shot opens as a circle in a grey code."""
        self._pending = ("iris", n, level)
        self._divide(n, "iris")
        return self

    def iris_out(self, n: int, level: float) -> Self:
        """Let the shot close to a circle in a grey code."""
        start = len(self.pictures)
        self._divide(n, "closing")
        for t in range(n):
            own = self.moment(self._scene, start + t)
            self.pictures.append(np.where(self.sides[start + t], np.uint8(level), own).astype(np.uint8))
        return self

    def _divide(self, n: int, shape: str) -> None:
        """Set the sides of the next frames."""
        y, x = (np.mgrid[:SIZE, :SIZE] + 0.5) / SIZE
        radius = np.hypot(x - 0.45, y - 0.55) / np.hypot(0.55, 0.55)
        way = {"right": x, "down": y, "diagonal": (x + y) / 2, "iris": radius, "closing": 1 - radius}[shape]
        for t in range(n):
            self.sides[len(self.pictures) + t] = way < (t + 1) / (n + 1)

    def fade_in(self, n: int, level: float) -> Self:
        """Announce that the next shot fades in from a grey code."""
        self._pending = ("fade", n, level)
        return self

    def fade_out(self, n: int, level: float) -> Self:
        """Let the shot fade out to a grey code."""
        for t in range(n):
            share = (t + 1) / (n + 1)
            own = self.moment(self._scene, len(self.pictures))
            self.pictures.append(np.rint((1 - share) * own + share * level).astype(np.uint8))
        return self

    def flat(self, n: int, level: float) -> Self:
        """Add frames of one grey code."""
        self.pictures += [np.full((SIZE, SIZE), level, np.uint8)] * n
        return self

    def frames(self) -> Iterator[np.ndarray]:
        """Yield the pictures, uint8 (256, 256)."""
        return iter(self.pictures)
