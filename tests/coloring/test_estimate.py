"""The estimate that a call of colorize begins with."""

from types import SimpleNamespace

import pytest

from cartoonize.coloring import estimate
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.errors import SourceError
from cartoonize.filters.render import RenderOptions
from cartoonize.tasks.colorize import colorize
from cartoonize.workspace import Workspace
from tests.support.reporters import Recorder


@pytest.fixture
def first_line(films, tmp_path):
    """Colour films with the variant `grey`; return the first message."""

    def call(*names, again=False, **render):
        recorder = Recorder()
        colorize(
            Workspace(tmp_path),
            [films / name for name in names],
            choice=Choice(("grey",)),
            options=ColorizeOptions(render=RenderOptions(force=True, **render)),
            run=RunOptions(again=again),
            reporter=recorder,
        )
        return recorder.infos[0]

    return call


def test_short_films_are_not_measured(first_line):
    assert first_line("e1.mkv") == "e1.mkv: 24 frames; the output needs about 1 MB."
    assert first_line("e2.mkv", "e3.mkv") == "2 films: 48 frames; the outputs need about 1 MB."


def test_the_time_of_the_whole_call_is_measured_on_parts(first_line, monkeypatch):
    """By the clock, reading 12 frames takes 3 s, and colouring the 6 drawings of 6 of them takes 2 s.

    Of the 9 frames after another one, 6 are new drawings: 0.25 s + 6/9 x 0.9 x 2 s / 6 for each frame.
    """
    times = iter([0.0, 3.0, 10.0, 12.0])
    monkeypatch.setattr(estimate, "_SHORTEST", 10)
    monkeypatch.setattr(estimate, "_N_READ", 4)
    monkeypatch.setattr(estimate, "_N_COLORED", 2)
    monkeypatch.setattr(estimate, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    line = first_line("grey.mkv")
    assert line == "grey.mkv: 24 frames, about 10 s on this machine; the output needs about 1 MB."


def test_the_time_is_that_of_all_new_films(monkeypatch, first_line):
    monkeypatch.setattr(estimate, "_seconds_per_frame", lambda plan, films: 10.0 if films else None)
    assert first_line("e1.mkv").startswith("e1.mkv: 24 frames, about 4 min on this machine; ")
    assert first_line("e2.mkv", "e3.mkv").startswith("2 films: 48 frames, about 8 min on this machine; ")


def test_a_damaged_part_is_no_error_of_the_estimate(monkeypatch, first_line):
    def fail(film, place):
        raise SourceError("damaged")

    monkeypatch.setattr(estimate, "_SHORTEST", 10)
    monkeypatch.setattr(estimate, "_read", fail)
    assert first_line("e1.mkv").startswith("e1.mkv: 24 frames; ")
