"""A grey film of two shots, and pins for them."""

from pathlib import Path

from cartoonize.annotations.pins import Pin
from tests.support.films import film

N_FRAMES = 16
#: A pin in the first shot, and one in the second.
RED, GREEN = Pin("grey", 4, 0.2, 0.55, "#d22832"), Pin("grey", 12, 0.02, 0.95, "#28d232")


def write_two_shots(folder: Path) -> Path:
    """Write the film; return its path."""
    return film(folder / "grey.mkv", 1, N_FRAMES, grey=True, subtitles=())
