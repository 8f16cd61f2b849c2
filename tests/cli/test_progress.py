"""Progress of commands: the words of bars and lines, and lines where there is no terminal."""

import io
import re
import sys
from pathlib import Path

import pytest

from cartoonize.cli import session as sessions
from cartoonize.cli.progress import EveryMinute
from cartoonize.cli.session import Session
from cartoonize.progress import Pace, Works
from cartoonize.reporting import counted, duration
from cartoonize.workspace import Workspace


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def works(clock):
    return Works(clock)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"), (7.4, "7 s"), (38, "40 s"), (57, "1 min"), (245, "4 min"), (3500, "58 min"),
        (3600, "1 h"), (4900, "1 h 20 min"), (86_000, "24 h"),
    ],
)  # fmt: skip
def test_durations_are_rounded_as_estimates(seconds, words):
    assert duration(seconds) == words


def test_one_is_not_a_plural():
    assert (counted(1, "shot"), counted(2, "shot"), counted(0, "shot")) == ("1 shot", "2 shots", "0 shots")


def test_a_line_has_count_rate_time_left_and_note(works, clock):
    works.progress("colouring pilot.mkv", 0, 1440, "", "frames")
    clock.now += 60
    works.progress("colouring pilot.mkv", 312, 1440, "", "frames")
    assert works.lines() == ["colouring pilot.mkv: 312 of 1440 frames, 5.2 a second, about 4 min left"]
    works.progress("training series", 0, 600, "", "updates")
    clock.now += 60
    works.progress("training series", 30, 600, "loss 3.2", "updates")
    assert works.lines()[0] == "training series: 30 of 600 updates, 30 a minute, about 19 min left, loss 3.2"


def test_without_a_unit_a_share_is_shown_and_without_a_total_a_count(works, clock):
    works.progress("a", 0, 1000, "", "")
    works.progress("b", 0, 0, "", "frames")
    clock.now += 10
    works.progress("a", 250, 1000, "", "")
    works.progress("b", 250, 0, "", "frames")
    assert works.lines() == ["a: 25%, about 30 s left", "b: 250 frames, 25 a second"]


def test_finished_work_and_work_that_was_given_up_have_no_lines(works, clock):
    works.progress("looking", 3, 10, "", "frames")
    works.progress("reading", 10, 10, "", "frames")
    assert works.lines() == ["looking: 3 of 10 frames"]
    works.progress("colouring", 0, 10, "", "frames")
    assert works.lines() == ["colouring: 0 of 10 frames"]
    assert works.lines() == ["colouring: 0 of 10 frames"]  # a sign of life while nothing moves
    works.progress("colouring", 10, 10, "", "frames")
    assert works.lines() == works.lines() == []


def test_the_rate_follows_a_change_and_bursts_do_not_shake_it():
    pace = Pace(0, 0)
    for second in range(1, 61):
        pace.add(second * 50, second)  # from the cache
    for second in range(61, 301):
        pace.add(3000 + (second - 60) // 40 * 40, second)  # one a second, in shots of 40
    assert pace.rate(300) == pytest.approx(1, rel=0.15)


def test_the_same_work_begins_again(works, clock):
    for begin in (0, 0):
        works.progress("drawing", begin, 10, "", "frames")
        clock.now += 4
        works.progress("drawing", 8, 10, "", "frames")
        assert works.lines() == ["drawing: 8 of 10 frames, 2.0 a second, about 1 s left"]


def test_a_log_has_a_line_a_minute_on_standard_error(monkeypatch, capsys):
    monkeypatch.setattr("cartoonize.cli.progress.INTERVAL", 0.01)
    session = Session(Workspace(Path()), "cpu", False, 0)
    printed = []
    monkeypatch.setattr(Session, "print_progress", lambda self, works: printed.extend(works.lines()))
    with session.reporter() as reporter:
        reporter.progress("colouring x\n.mkv", 1, 4, unit="frames")
        while not printed:
            pass
    assert printed[0] == "colouring x\n.mkv: 1 of 4 frames"
    monkeypatch.undo()
    works = Works()
    works.progress("colouring x\n.mkv", 1, 4, "", "frames")
    session.print_progress(works)
    assert capsys.readouterr() == ("", "colouring x .mkv: 1 of 4 frames\n")


def test_quiet_has_no_progress(monkeypatch, capsys):
    monkeypatch.setattr(sessions, "EveryMinute", None)  # would be an error
    with Session(Workspace(Path()), "cpu", False, -1).reporter() as reporter:
        reporter.progress("a", 1, 4)
    assert capsys.readouterr() == ("", "")


def test_the_thread_of_the_lines_ends():
    calls = []
    thread = EveryMinute(lambda: calls.append(1))
    thread.close()
    assert not thread._thread.is_alive() and calls == []


class Terminal(io.StringIO):
    """Standard error that is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize("color", [True, False])
def test_a_terminal_shows_a_bar_with_the_same_words(monkeypatch, color):
    for name in ("NO_COLOR", "CI", "TTY_COMPATIBLE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "140")
    if not color:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    clock = Clock()
    monkeypatch.setattr(sessions, "Works", lambda: Works(clock))
    with Session(Workspace(Path()), "cpu", False, 0).reporter() as reporter:
        reporter.progress("colouring [x].mkv", 0, 1440, unit="frames")
        clock.now += 60
        reporter.progress("colouring [x].mkv", 312, 1440, unit="frames", note="shot 3")
        reporter._bars.refresh()
    shown = terminal.getvalue()
    assert "colouring [x].mkv" in shown
    assert "312 of 1440 frames, 5.2 a second, about 4 min left, shot 3" in shown
    assert bool(re.search(r"\x1b\[[39]\d", shown)) == color
