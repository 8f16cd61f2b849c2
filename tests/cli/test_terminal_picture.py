"""Pictures in the terminal."""

import re

import numpy as np
import pytest

from cartoonize.cli.terminal_picture import half_blocks, show_frame


def test_each_character_shows_two_pixels():
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[:2, :2] = (250, 0, 0)
    picture[2:, 2:] = (0, 0, 250)
    text = half_blocks(picture, 2)
    assert text == ("\x1b[38;2;250;0;0;48;2;0;0;0m\u2580\x1b[38;2;0;0;0;48;2;0;0;250m\u2580\x1b[0m")


@pytest.mark.parametrize(
    "is_terminal, variables, shown", [(True, {}, True), (False, {}, False), (True, {"NO_COLOR": "1"}, False)]
)
def test_a_frame_is_shown_on_a_terminal_with_colours(
    films, capsys, monkeypatch, is_terminal, variables, shown
):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal, raising=False)
    show_frame(films / "e2.mkv")
    lines = capsys.readouterr().out.splitlines()
    assert bool(lines) == shown
    if shown:
        assert len({len(re.findall("\u2580", line)) for line in lines}) == 1
        colors = {tuple(map(int, c)) for c in re.findall(r"8;2;(\d+);(\d+);(\d+)", "".join(lines))}
        assert any(red > 180 and green < 80 and blue < 90 for red, green, blue in colors)  # the red box
