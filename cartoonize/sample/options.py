"""How the sample series is drawn; light to import, as command lines need it."""

from __future__ import annotations

from dataclasses import dataclass

from cartoonize.errors import UsageError


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How the series is drawn."""

    seed: int = 0
    """Decides the details: another seed, another series with the same cast."""
    n_episodes: int = 5
    """At least 1. From the sixth on, episodes are made of scenes of the others."""
    seconds: float = 20.0
    """Length of an episode, credits included, at least 3; longer ones get more scenes."""
    height: int = 480
    """Even, 64..2160."""
    width: int = 640
    """Even, from the height to 1.8 times the height."""
    frame_rate: int = 24
    """Frames a second, 6..60."""
    grain: float = 0.0
    """Standard deviation of the noise in code values of 0..255, at most 20; 2 is light film grain."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("seed", 0, 2**32 - 1),
            ("n_episodes", 1, 1000),
            ("seconds", 3, 3600),
            ("height", 64, 2160),
            ("width", self.height, int(1.8 * self.height)),
            ("frame_rate", 6, 60),
            ("grain", 0, 20),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{name} is {value}", f"Give a number from {low} to {high}")
            if name not in ("seconds", "grain") and value != int(value):
                raise UsageError(f"{name} is {value}", "Give a whole number")
        if self.height % 2 or self.width % 2:
            raise UsageError(f"{self.width}x{self.height} has an odd side", "Give even numbers")
        if self.n_frames < 60:
            raise UsageError(
                f"an episode of {self.n_frames} frames is too short for its scenes", "At least 60"
            )

    @property
    def n_frames(self) -> int:
        """Frames of an episode."""
        return round(self.seconds * self.frame_rate)
