"""Interrupted films: finished shots are not coloured again, and complete films are left as they are."""

import shutil
import threading

import pytest

from cartoonize.annotations.pins import write_pins
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.errors import OutputError
from cartoonize.filters import predicted_part
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.tasks.colorize import colorize
from cartoonize.workspace import Workspace
from tests.support.reporters import Recorder, stopping_at
from tests.support.two_shots import GREEN, N_FRAMES, RED, write_two_shots


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return write_two_shots(tmp_path_factory.mktemp("grey"))


@pytest.fixture
def along_tracks(grey, tmp_path):
    """Colour the grey film along tracks; return the summary."""

    def call(reporter):
        (tmp_path / "x.mkv").unlink(missing_ok=True)
        (summary,) = colorize(
            Workspace(tmp_path / "w"),
            [grey],
            choice=Choice(("grey",)),
            options=ColorizeOptions(refine=RefineOptions("tracks")),
            output=tmp_path / "x.mkv",
            reporter=reporter,
        )
        return summary

    return call


def test_finished_shots_are_not_coloured_again_after_an_interruption(along_tracks, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        along_tracks(stopping_at(12, KeyboardInterrupt()))
    assert not list(tmp_path.glob("*.mkv"))
    assert along_tracks(Recorder()).n_kept_shots == 1


@pytest.mark.parametrize("stop_at", [1, 3, 9, 12])
def test_an_interruption_while_shots_are_repainted_ends_every_thread(
    along_tracks, tmp_path, monkeypatch, stop_at
):
    monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", 2)
    along_tracks(Recorder())
    write_pins(tmp_path / "w" / "pins.json", [RED, GREEN])
    threads = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        along_tracks(stopping_at(stop_at, KeyboardInterrupt()))
    assert set(threading.enumerate()) <= threads
    assert along_tracks(Recorder()).n_kept_shots == (stop_at > 8)


@pytest.fixture
def by_network(grey, trained, tmp_path):
    """Colour the grey film with a network, without tracks; return the summary."""
    space = Workspace(tmp_path / "w")
    shutil.copytree(trained.root, space.root)

    def call(output="x.mkv", *, stop_at=0, again=False, render=None, refine=None):
        options = ColorizeOptions(
            render=RenderOptions(codec="ffv1", **(render or {})), refine=RefineOptions(**(refine or {}))
        )
        (summary,) = colorize(
            space,
            [grey],
            choice=Choice(("plain-l2",)),
            options=options,
            output=tmp_path / output,
            run=RunOptions(again=again),
            reporter=stopping_at(stop_at, KeyboardInterrupt()),
        )
        return summary

    return call


def test_an_interrupted_film_continues_without_tracks_too(by_network, tmp_path):
    by_network("whole.mkv")
    assert not list((tmp_path / "w" / "cache").glob("unfinished/*"))  # cached only until the film is complete
    with pytest.raises(KeyboardInterrupt):
        by_network("x.mkv", stop_at=12)
    assert not (tmp_path / "x.mkv").exists()
    summary = by_network("x.mkv")
    assert summary.n_kept_shots >= 1 and summary.n_shots == 2  # painting runs ahead of the writer
    assert (tmp_path / "x.mkv").read_bytes() == (tmp_path / "whole.mkv").read_bytes()


def test_a_result_that_is_up_to_date_is_left_as_it_is(by_network, tmp_path):
    first = by_network()
    output = tmp_path / "x.mkv"
    written = output.stat().st_mtime_ns
    again = by_network()
    assert again.as_before and not first.as_before and output.stat().st_mtime_ns == written
    assert again.n_frames == first.n_frames == N_FRAMES
    assert by_network(render={"force": True}).as_before  # nothing would change
    for changed in ({"render": {"crf": None, "pix_fmt": "yuv444p"}}, {"refine": {"refine": "grow"}}):
        with pytest.raises(OutputError, match="exists already"):
            by_network(**changed)
    assert not by_network(again=True, render={"force": True}).as_before
    whole = output.read_bytes()
    output.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(OutputError, match="exists already"):
        by_network()  # the file was changed by somebody else


def test_a_shot_of_too_many_bytes_is_not_cached(by_network, tmp_path, monkeypatch):
    monkeypatch.setattr("cartoonize.coloring.shot_cache._MAX_BYTES", 10)
    with pytest.raises(KeyboardInterrupt):
        by_network(stop_at=12)
    assert by_network().n_kept_shots == 0
