"""Options of the sample series. The module imports nothing heavy, since the command line reads it."""

from __future__ import annotations

from dataclasses import dataclass

from cartoonize.errors import UsageError


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """Options of the sample series."""

    seed: int = 0
    """Seed of the details. Another seed draws another series with the same cast."""
    n_episodes: int = 5
    """Number of episodes, 1..1000. From the sixth on, episodes consist of scenes of the others."""
    seconds: float = 20.0
    """Length of an episode in seconds, credits included, 3..3600. Longer episodes have more scenes."""
    height: int = 480
    """Height of the pictures in pixels: even, 64..2160."""
    width: int = 640
    """Width of the pictures in pixels: even, 1 to 1.8 times the height."""
    frame_rate: int = 24
    """Frames per second, 6..60."""
    grain: float = 0.0
    """Standard deviation of the noise, 0..20 in code values of 0..255; 2 is light film grain."""

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
                raise UsageError(
                    f"{name} must be {low} to {high}, got {value}", f"Use a value from {low} to {high}."
                )
            if name not in ("seconds", "grain") and value != int(value):
                raise UsageError(f"{name} must be an integer, got {value}", "Use an integer.")
        if self.height % 2 or self.width % 2:
            raise UsageError(
                f"width and height must be even, got {self.width}x{self.height}", "Use even numbers."
            )
        if self.n_frames < 60:
            raise UsageError(
                f"an episode must have at least 60 frames, got {self.n_frames}", "Use more seconds."
            )

    @property
    def n_frames(self) -> int:
        """Number of frames of an episode."""
        return round(self.seconds * self.frame_rate)
