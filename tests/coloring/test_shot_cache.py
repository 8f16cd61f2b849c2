"""Shots that would come out just as before are not coloured again, and come out just so."""

import json
import shutil

import numpy as np
import pytest
from cartoonize.coloring.colorize import colorize

from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.coloring.cached_shot import CachedShot, CachedTracks, Pictures
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.pipeline import ColorizeOptions
from cartoonize.coloring.shot_cache import ShotCache, TrackRecorder
from cartoonize.errors import OutputError
from cartoonize.filters import predict as colorize_stage
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.frames import Frame
from cartoonize.tracking.carry import ColorHints
from cartoonize.tracking.tracked import TrackedDrawing, TrackedShot
from cartoonize.video import open_source
from cartoonize.workspace import Workspace
from tests.support.films import film

N_FRAMES = 16
#: In the first shot and in the second.
RED, GREEN = Pin("grey", 4, 0.2, 0.55, "#d22832"), Pin("grey", 12, 0.02, 0.95, "#28d232")


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return film(tmp_path_factory.mktemp("grey") / "grey.mkv", 1, N_FRAMES, grey=True, subtitles=())


@pytest.fixture
def colored(cartoonize, grey, tmp_path):
    """Colour the grey film, of two shots; return its pictures, its doubts and how many shots were kept."""

    def call(*arguments, root="w"):
        output = tmp_path / "x.mkv"
        output.unlink(missing_ok=True)  # else it would be seen to be whole, and stay
        fixed = ("-o", output, "--codec", "ffv1", "--pix-fmt", "yuv444p", "--force", "-w", tmp_path / root)
        tracks = ("--variant", "grey", "--refine", "tracks", "--json")
        outcome = cartoonize("colorize", grey, *tracks, *fixed, *arguments)
        assert outcome.code == 0, outcome.err
        (summary,) = json.loads(outcome.out)["outputs"]
        with open_source(output) as source:
            frames = np.stack([frame.rgb for frame in source.frames(rgb=True)])
        doubts = json.loads((tmp_path / "x.confidence.json").read_text())["shots"]
        return frames, doubts, summary["n_kept_shots"]

    return call


def test_nothing_is_coloured_again_where_nothing_changed(colored, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # what is unforeseen leaves a report
    frames, doubts, n_kept = colored()
    assert n_kept == 0
    monkeypatch.setattr(colorize_stage, "_histograms", _never)
    again, same_doubts, n_kept = colored()
    assert n_kept == 2 and (again == frames).all() and same_doubts == doubts
    with pytest.raises(AssertionError, match="asked again"):
        colored("--again")


def _never(*arguments):
    raise AssertionError("a network was asked again")


def test_after_a_pin_only_its_shot_is_coloured_again(colored, tmp_path):
    colored()
    for pins, n_kept in (
        ([RED], 1),
        ([RED, GREEN], 1),
        ([GREEN], 1),
        ([GREEN], 2),
        ([], 1),
        ([RED, GREEN], 0),
    ):
        write_pins(tmp_path / "w" / "pins.json", pins)
        frames, doubts, n = colored()
        assert n == n_kept, pins
        write_pins(tmp_path / "other" / "pins.json", pins)
        afresh, doubts_afresh, n = colored("--again", root="other")
        assert n == 0 and (frames == afresh).all() and doubts == doubts_afresh


@pytest.mark.parametrize("arguments", [("--no-denoise",), ("--pix-fmt", "yuv420p"), ("--variant", "grey")])
def test_other_ways_to_colour_are_kept_apart(colored, arguments):
    colored()
    assert colored(*arguments)[2] == 0
    assert colored(*arguments)[2] == 2
    assert colored()[2] == 0  # only the last way is kept


def test_parts_and_previews_leave_what_is_kept_alone(colored):
    whole, _, _ = colored()
    part, _, n_kept = colored("--preview", "3")
    assert len(part) == 3 and n_kept == 0
    assert colored()[2] == 2


@pytest.mark.parametrize("damage", [b"", b"PK no archive", None])
def test_damaged_files_cost_time_and_nothing_else(colored, tmp_path, damage):
    frames, _, _ = colored()
    first, second = sorted((tmp_path / "w" / "cache" / "shots").glob("*/*/*.npz"))
    data = first.read_bytes()
    first.write_bytes(data[: len(data) // 2] if damage is None else damage)
    again, _, n_kept = colored()
    assert n_kept == 1 and (again == frames).all()
    second.unlink()
    assert colored()[2] == 1


def test_where_nothing_can_be_kept_the_film_is_coloured_all_the_same(cartoonize, grey, tmp_path):
    (tmp_path / "w" / "cache").mkdir(parents=True)
    (tmp_path / "w" / "cache" / "shots").write_text("in the way")
    fixed = ("-o", tmp_path / "x.mkv", "-w", tmp_path / "w")
    outcome = cartoonize("colorize", grey, "--variant", "grey", "--refine", "tracks", *fixed)
    assert outcome.code == 0 and "shots are not kept for the next time" in outcome.err
    assert outcome.err.count("not kept") == 1 and (tmp_path / "x.mkv").exists()


def test_after_an_interruption_what_is_done_is_not_done_again(grey, tmp_path):
    def call(progress=lambda *reached: None):
        (summary,) = colorize(
            Workspace(tmp_path / "w"),
            [grey],
            choice=Choice(("grey",)),
            options=ColorizeOptions(refine=RefineOptions("tracks")),
            output=tmp_path / "x.mkv",
            progress=progress,
        )
        return summary

    def interrupted(source, done, total):
        if done == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(interrupted)
    assert not list(tmp_path.glob("*.mkv"))
    assert call().n_kept_shots == 1


@pytest.fixture
def by_network(grey, trained, tmp_path):
    """Colour the grey film by a network, without tracks; return the summary."""
    space = Workspace(tmp_path / "w")
    shutil.copytree(trained.root, space.root)

    def call(output="x.mkv", *, stop_at=0, **options):
        def progress(source, done, total):
            if done == stop_at:
                raise KeyboardInterrupt

        render = RenderOptions(codec="ffv1", **options.pop("render", {}))
        (summary,) = colorize(
            space,
            [grey],
            choice=Choice(("plain-l2",)),
            options=ColorizeOptions(render=render, refine=RefineOptions(**options.pop("refine", {}))),
            output=tmp_path / output,
            progress=progress,
            **options,
        )
        return summary

    return call


def test_every_method_goes_on_where_it_was_interrupted(by_network, tmp_path):
    by_network("whole.mkv")
    assert not list((tmp_path / "w" / "cache").glob("unfinished/*"))  # kept only until the film is whole
    with pytest.raises(KeyboardInterrupt):
        by_network("x.mkv", stop_at=12)
    assert not (tmp_path / "x.mkv").exists()
    summary = by_network("x.mkv")
    assert (summary.n_kept_shots, summary.n_shots) == (1, 2)
    assert (tmp_path / "x.mkv").read_bytes() == (tmp_path / "whole.mkv").read_bytes()


def test_a_result_that_is_whole_is_left_as_it_is(by_network, tmp_path):
    first = by_network()
    output = tmp_path / "x.mkv"
    written = output.stat().st_mtime_ns
    again = by_network()
    assert again.as_before and not first.as_before and output.stat().st_mtime_ns == written
    assert again.n_frames == first.n_frames == N_FRAMES
    assert by_network(render={"force": True}).as_before  # it would come out just so
    for changed in ({"render": {"crf": None, "pix_fmt": "yuv444p"}}, {"refine": {"refine": "grow"}}):
        with pytest.raises(OutputError, match="exists already"):
            by_network(**changed)
    assert not by_network(again=True, render={"force": True}).as_before
    whole = output.read_bytes()
    output.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(OutputError, match="exists already"):
        by_network()  # it is somebody else's now


def test_a_shot_of_very_many_drawings_is_not_kept(by_network, tmp_path, monkeypatch):
    monkeypatch.setattr("cartoonize.coloring.shot_cache._MOST_BYTES", 10)
    with pytest.raises(KeyboardInterrupt):
        by_network(stop_at=12)
    assert by_network().n_kept_shots == 0


def _shot(tmp_path):
    rng = np.random.default_rng(0)
    pictures = Pictures()
    planes = [tuple(rng.integers(0, 1024, (6, 8), np.uint16) for _ in range(2)) for _ in range(3)]
    for pair in planes:
        pictures.add(pair)
    drawings = [
        TrackedDrawing(
            7 + k,
            1,
            np.arange(k + 1),
            np.full(k + 1, 9),
            np.full(k + 1, 0.5, np.float32),
            np.ones((k + 1, 2)),
        )
        for k in range(3)
    ]
    parts = [TrackedShot(4, drawings[:2]), TrackedShot(4, drawings[2:])]
    asked = rng.random((5, 313)).astype(np.float16).astype(np.float32)
    tracks = CachedTracks(parts, "given", [(asked, np.ones(5, np.float32))], "answers")
    return planes, CachedShot(7, pictures, tracks)


def test_what_was_written_is_read_again(tmp_path):
    planes, shot = _shot(tmp_path)
    shot.write(tmp_path / "a" / "4.npz")
    found = CachedShot.read(tmp_path / "a" / "4.npz", tracked=True)
    for pair, there in zip(planes, found.pictures, strict=True):
        assert all((a == b).all() and a.dtype == b.dtype for a, b in zip(pair, there, strict=True))
    assert found.start == 7
    assert [(p.number, p.start, p.stop) for p in found.tracks.parts] == [(4, 7, 9), (4, 9, 10)]
    assert (found.tracks.parts[1].drawings[0].tracks == [0, 1, 2]).all()
    assert (found.tracks.questions[0][0] == shot.tracks.questions[0][0]).all()
    assert CachedShot.read(tmp_path / "none.npz", tracked=True) is None


def test_a_shot_holds_until_something_that_matters_to_it_changes(tmp_path):
    colors = ColorHints(np.zeros((4, 4, 2), np.float32), np.ones((4, 4), np.float32))
    told, answers = [], [0.0]

    class Memory:
        def recall(self, histograms, lightness):
            return histograms + np.float32(answers[0])

    def pass_through(given):
        """Colour one shot of two drawings; return how many shots were kept."""
        listener = TrackRecorder(given, Memory(), told.append)
        keeper = ShotCache(tmp_path, "key", listener=listener)
        grey = np.zeros((4, 4), np.uint8)

        def frames():
            for k, frame in enumerate(
                keeper.kept(Frame(t, t, grey, grey, drawing=t, shot=0) for t in (0, 1))
            ):
                if frame.chroma is None:
                    listener.recall(np.ones((2, 313), np.float32), np.ones(2, np.float32))
                yield frame.having(chroma=frame.chroma or (grey, grey + 1))
                if k == 1 and not keeper.n_kept and 0 not in keeper._kept:
                    one = np.array([0])
                    drawing = TrackedDrawing(0, 2, one, one + 9, one.astype(np.float32), np.ones((1, 2)))
                    listener.hear(TrackedShot(0, [drawing, drawing]))

        for frame in keeper.keeping(frames()):
            assert (frame.chroma[1] == 1).all()
        return keeper.n_kept

    assert [pass_through({}), pass_through({}), len(told)] == [0, 1, 2]
    assert pass_through({5: colors}) == 1  # of another shot
    assert [pass_through({1: colors}), pass_through({1: colors})] == [0, 1]
    answers[0] = 0.5
    assert [pass_through({1: colors}), pass_through({1: colors})] == [0, 1]
