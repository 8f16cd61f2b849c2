"""Reporting: what the default reporter does with messages, and messages that wait."""

import logging

import pytest

import cartoonize
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.messages import WaitingReporter
from cartoonize.errors import OutputError
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.colorize import colorize
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.workspace import Workspace
from tests.support.reporters import Recorder


def records(caplog):
    return [(record.name, record.levelno, record.getMessage()) for record in caplog.records]


def test_messages_are_logged_and_progress_is_ignored(caplog, capfd):
    with caplog.at_level(logging.INFO, "cartoonize"):
        LOG.info("100% done")  # not a format string
        LOG.warning("a gap at 3 s")
        LOG.progress("film.mkv", 1, 2, note="loss 0.1")
    assert records(caplog) == [
        ("cartoonize", logging.INFO, "100% done"),
        ("cartoonize", logging.WARNING, "a gap at 3 s"),
    ]
    assert capfd.readouterr().out == ""


def test_warnings_of_a_call_are_logged_by_default(films, tmp_path, caplog, capfd):
    """Nothing is printed on standard output, and information is not logged unless the caller asks for it."""
    (summary,) = colorize(Workspace(tmp_path), [films / "e1.mkv"], choice=Choice(("grey",)))
    assert summary.output.endswith("e1.mkv")
    warning = "e1.mkv: written as MKV, because MP4 cannot hold subtitle subrip (eng)."
    assert records(caplog) == [("cartoonize", logging.WARNING, warning)]
    assert capfd.readouterr().out == ""


def test_information_of_a_call_is_logged_at_its_level(films, tmp_path, caplog, capfd):
    with caplog.at_level(logging.INFO, "cartoonize"):
        extract(Workspace(tmp_path), [films / "e1.mkv"], options=ExtractOptions())
        colorize(Workspace(tmp_path), [films / "e1.mkv"], choice=Choice(("grey",)))
    assert any("e1.mkv: 24 frames" in text for _, level, text in records(caplog) if level == 20)
    assert capfd.readouterr().out == ""


def test_a_subclass_receives_everything(films, tmp_path):
    reached = []
    recorder = Recorder(lambda label, done, total: reached.append((label, done, total)))
    colorize(Workspace(tmp_path), [films / "e1.mkv"], choice=Choice(("grey",)), reporter=recorder)
    looked = [step for step in reached if step[0] == "looking for bars in e1.mkv"]
    assert looked == [("looking for bars in e1.mkv", n, 24) for n in range(25)]
    assert [step for step in reached if step not in looked] == [
        ("colouring e1.mkv", n, 24) for n in range(25)
    ]
    assert len(recorder.infos) == 1 and len(recorder.warnings) == 1
    assert issubclass(cartoonize.Reporter, Reporter)


def test_a_waiting_reporter_holds_messages_back_until_the_release():
    recorder = Recorder(lambda label, done, total: recorder.infos.append(f"{label} {done} of {total}"))
    waiting = WaitingReporter(recorder)
    waiting.warning("first warning")
    waiting.info("first information")
    waiting.info("second information")
    waiting.progress("looking", 1, 2)
    assert recorder.infos == ["looking 1 of 2"] and recorder.warnings == []
    waiting.release("the work begins")
    assert recorder.infos[1:] == ["the work begins", "first information", "second information"]
    assert recorder.warnings == ["first warning"]
    waiting.info("third information")
    waiting.warning("second warning")
    assert recorder.infos[-1] == "third information" and recorder.warnings[-1] == "second warning"
    assert len(recorder.infos) == 5 and len(recorder.warnings) == 2


def test_if_planning_fails_only_the_error_is_shown(films, tmp_path):
    """The warning about the container comes before the error about the output."""
    workspace = Workspace(tmp_path)
    workspace.out.mkdir()
    (workspace.out / "e1.mkv").write_text("not of this program")
    recorder = Recorder()
    with pytest.raises(OutputError, match="exists already"):
        colorize(workspace, [films / "e1.mkv"], choice=Choice(("grey",)), reporter=recorder)
    assert recorder.infos == recorder.warnings == []
