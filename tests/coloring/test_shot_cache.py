"""Shot cache: unchanged shots are not coloured again, and are the same bit for bit."""

import json
import shutil
import threading
from dataclasses import dataclass, replace

import av
import cv2
import numpy as np
import pytest
import torch

from cartoonize.annotations.annotations import Annotations
from cartoonize.annotations.hints import ColorHints
from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.coloring.accepted import AcceptedShots
from cartoonize.coloring.accepted_files import accepted_folder
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.cached_shot import CachedShot
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.film_evidence import FilmEvidence
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.coloring.shot_cache import ShotCache
from cartoonize.coloring.shot_record import TrackRecorder
from cartoonize.coloring.write import ColorizeSummary
from cartoonize.errors import OutputError
from cartoonize.filters import predict as predict_filter
from cartoonize.filters import predicted_part
from cartoonize.filters.predict import PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.filters.track_sources import TrackSources
from cartoonize.frames import Frame
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.member import Member
from cartoonize.methods.registry import VARIANTS
from cartoonize.tasks.colorize import colorize
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.split import SplitOptions, split
from cartoonize.tracking.memory import Memory
from cartoonize.video import open_source, write_film
from cartoonize.workspace import Workspace, fingerprint
from tests.support.cached_shots import PLANES, cached_shot, equal, part_of
from tests.support.cartoons import in_grey, pan_over_towns
from tests.support.films import film
from tests.support.reporters import Recorder, stopping_at

N_FRAMES = 16
#: A pin in the first shot, and one in the second.
RED, GREEN = Pin("grey", 4, 0.2, 0.55, "#d22832"), Pin("grey", 12, 0.02, 0.95, "#28d232")


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return film(tmp_path_factory.mktemp("grey") / "grey.mkv", 1, N_FRAMES, grey=True, subtitles=())


@pytest.fixture
def colored(cartoonize, grey, tmp_path):
    """Colour the grey film, which has two shots; return its pictures, its confidence and the cached shots."""

    def call(*arguments, root="w"):
        output = tmp_path / "x.mkv"
        output.unlink(missing_ok=True)  # otherwise it would be up to date
        fixed = ("-o", output, "--codec", "ffv1", "--pix-fmt", "yuv444p", "--force", "-w", tmp_path / root)
        tracks = ("--variant", "grey", "--refine", "tracks", "--json")
        outcome = cartoonize("colorize", grey, *tracks, *fixed, *arguments)
        assert outcome.code == 0, outcome.err
        (summary,) = json.loads(outcome.out)["outputs"]
        with open_source(output) as source:
            frames = np.stack([frame.rgb for frame in source.frames(rgb=True)])
        confidence = json.loads((tmp_path / "x.confidence.json").read_text())["shots"]
        return frames, confidence, summary["n_kept_shots"]

    return call


def test_unchanged_shots_are_not_coloured_again(colored, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # an unexpected error leaves a report
    frames, confidence, n_kept = colored()
    assert n_kept == 0
    monkeypatch.setattr(predict_filter, "_histograms", _never)
    again, same_confidence, n_kept = colored()
    assert n_kept == 2 and (again == frames).all() and same_confidence == confidence
    with pytest.raises(AssertionError, match="a network runs"):
        colored("--again")


def _never(*arguments):
    raise AssertionError("a network runs")


def test_a_pin_recolours_only_its_shot(colored, tmp_path):
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
        frames, confidence, n = colored()
        assert n == n_kept, pins
        write_pins(tmp_path / "other" / "pins.json", pins)
        afresh, confidence_afresh, n = colored("--again", root="other")
        assert n == 0 and (frames == afresh).all() and confidence == confidence_afresh


def test_an_accepted_shot_keeps_its_colours_with_later_pins_and_options(colored, grey, tmp_path):
    workspace = Workspace(tmp_path / "w")
    write_pins(workspace.pins, [RED])
    before, _, _ = colored()
    first, second = sorted(workspace.cache.glob("shots/*/*/*.npz"))
    accepted = AcceptedShots(accepted_folder(workspace, fingerprint(grey)))
    accepted.add(first)
    cut = CachedShot.read(second, tracked=True).start
    write_pins(workspace.pins, [GREEN])
    for arguments in ((), ("--no-denoise",), ("--start", "0")):
        frames, _, _ = colored(*arguments)
        assert (frames[:cut] == before[:cut]).all() and (frames[cut:] != before[cut:]).any()
    accepted.remove(0)
    frames, _, _ = colored()
    assert (frames[:cut] != before[:cut]).any()


def test_accepting_a_shot_makes_a_result_out_of_date(cartoonize, grey, tmp_path):
    workspace = Workspace(tmp_path / "w")
    how = ("--variant", "grey", "--refine", "tracks", "--force", "--json")
    arguments = ("colorize", grey, *how, "-w", workspace.root)
    color = lambda: json.loads(cartoonize(*arguments).out)["outputs"][0]["as_before"]  # noqa: E731
    assert [color(), color()] == [False, True]
    first = min(workspace.cache.glob("shots/*/*/*.npz"))
    AcceptedShots(accepted_folder(workspace, fingerprint(grey))).add(first)
    assert [color(), color()] == [False, True]


@pytest.mark.parametrize("arguments", [("--no-denoise",), ("--pix-fmt", "yuv420p"), ("--variant", "grey")])
def test_other_options_colour_everything_again(colored, arguments):
    colored()
    assert colored(*arguments)[2] == 0
    assert colored(*arguments)[2] == 2
    assert colored()[2] == 0  # only the shots of the last options are cached


def test_parts_and_previews_do_not_use_the_cache(colored):
    whole, _, _ = colored()
    part, _, n_kept = colored("--preview", "3")
    assert len(part) == 3 and n_kept == 0
    assert colored()[2] == 2


@pytest.mark.parametrize("damage", [b"", b"PK no archive", None])
def test_damaged_files_are_coloured_again(colored, tmp_path, damage):
    frames, _, _ = colored()
    first, second = sorted((tmp_path / "w" / "cache" / "shots").glob("*/*/*.npz"))
    data = first.read_bytes()
    first.write_bytes(data[: len(data) // 2] if damage is None else damage)
    again, _, n_kept = colored()
    assert n_kept == 1 and (again == frames).all()
    second.unlink()
    assert colored()[2] == 1


def test_a_film_is_coloured_if_its_shots_cannot_be_cached(cartoonize, grey, tmp_path):
    (tmp_path / "w" / "cache").mkdir(parents=True)
    (tmp_path / "w" / "cache" / "shots").write_text("in the way")
    fixed = ("-o", tmp_path / "x.mkv", "-w", tmp_path / "w")
    outcome = cartoonize("colorize", grey, "--variant", "grey", "--refine", "tracks", *fixed)
    assert outcome.code == 0 and "shots are not cached: " in outcome.err
    assert outcome.err.count("not cached") == 1 and (tmp_path / "x.mkv").exists()


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


class FakeMemory(Memory):
    """Adds a number to every histogram that it is asked about."""

    def __init__(self, added=0.0):
        super().__init__()
        self.added = added

    def __len__(self):
        return 1

    @property
    def fingerprint(self):
        return str(self.added)

    def recall(self, appearance):
        return appearance.histograms + np.float32(self.added) if self.added else appearance.histograms


class FakeAlbum:
    """Finds one colour for every drawing, or nothing."""

    def __init__(self, pages, color=None):
        self.fingerprint, self._color = pages, color

    def find(self, grey):
        if self._color is None:
            return None
        return ColorHints.everywhere(np.full((*grey.shape, 2), self._color, np.float32))


@pytest.fixture
def changes(tmp_path):
    """Return a function: is a shot of two drawings coloured again, once, with this knowledge?"""
    prediction, confidence = part_of(0, 2, {}, np.random.default_rng(0))
    confidence = replace(confidence, shot=0, stop=2)
    drawing = np.zeros((256, 256), np.uint8)

    def is_cached(hints=None, memory=None, album=None):
        """Colour the shot if it has to be; return whether it was current in the cache."""
        evidence = FilmEvidence(hints or {}, memory or Memory(), album)
        cache = ShotCache(tmp_path, "key", PLANES, evidence=evidence)
        grey = np.zeros((4, 4), np.uint8)
        frames = [Frame(t, t, grey, grey, drawing=t, shot=0) for t in (0, 1)]
        cached = cache.find(0)
        if cached is not None and cache.is_current(cached):
            colored = list(cache.reuse(cached, frames))
        else:
            recorder = TrackRecorder()
            find = album.find if album is not None else None
            if cached is not None and evidence.finds_the_same(cached.tracks):
                find = None
            sources = recorder.recording(TrackSources(evidence.hints, evidence.memory.recall, find))
            if sources.find is not None:
                sources.find(drawing)
            sources.recall(prediction.appearance())
            recorder.predictions, recorder.confidence = [prediction], [confidence]
            work = (frame.having(chroma=(grey, grey + 1)) for frame in frames)
            colored = list(cache.storing(work, recorder, cached))
        assert [frame.index for frame in colored] == [0, 1]
        assert all((frame.chroma[1] == 1).all() for frame in colored)
        return cache.n_reused == 1

    def call(**knowledge):
        first, second = is_cached(**knowledge), is_cached(**knowledge)
        assert second
        return not first

    return call


#: Hints for every pixel of a frame.
GIVEN = ColorHints(np.zeros((4, 4, 2), np.float32), np.ones((4, 4), np.float32))


def test_a_shot_is_current_until_something_changes_for_it(changes):
    assert changes()
    assert not changes()
    assert not changes(hints={5: GIVEN})  # of another shot
    assert not changes(memory=FakeMemory())  # an answer without an effect
    assert changes(hints={1: GIVEN})
    assert not changes(hints={1: GIVEN, 5: GIVEN})
    assert not changes(hints={1: GIVEN}, memory=FakeMemory())
    assert changes(hints={1: GIVEN}, memory=FakeMemory(0.5))
    assert changes(memory=FakeMemory(0.5))
    assert not changes(hints={5: GIVEN}, memory=FakeMemory(0.5))
    assert changes(memory=FakeMemory(0.25))
    assert changes()


def test_a_shot_is_current_while_the_album_finds_the_same_in_it(changes):
    assert changes()
    assert changes(album=FakeAlbum("pages"))  # the drawings were not looked up before
    assert not changes(album=FakeAlbum("more pages"))
    assert changes(album=FakeAlbum("other pages", 5))
    assert not changes(album=FakeAlbum("more of them", 5))
    assert changes(hints={1: GIVEN}, album=FakeAlbum("more of them", 5))
    assert not changes(hints={1: GIVEN}, album=FakeAlbum("even more", 5))
    assert changes(hints={1: GIVEN}, album=FakeAlbum("even more", 6))
    assert changes(hints={1: GIVEN})
    assert changes()


def test_a_shot_with_another_first_frame_or_a_new_key_is_not_found(tmp_path):
    planes, shot = cached_shot()
    cache = ShotCache(tmp_path, "key", PLANES)
    assert cache.is_empty
    grey = np.zeros((6, 8), np.uint8)
    frames = (Frame(7 + k, k, grey, grey, drawing=k, shot=4, chroma=p) for k, p in enumerate(planes))
    list(cache.storing(frames))
    assert not cache.is_empty
    assert equal(planes, list(cache.find(7).chroma))
    assert cache.find(8) is None
    assert ShotCache(tmp_path, "key", PLANES, ignore_cached=True).find(7) is None
    cache.depend_on("another device")
    assert cache.find(7) is None


def test_a_shot_whose_end_has_moved_is_not_found(tmp_path):
    planes, _ = cached_shot()
    grey = np.zeros((6, 8), np.uint8)
    frames = [Frame(7 + k, k, grey, grey, drawing=k, shot=4, chroma=p) for k, p in enumerate(planes)]
    end = 7 + len(frames)

    def finds(cuts, stored=None):
        cache = ShotCache(tmp_path, "key", PLANES, known_cuts=stored)
        list(cache.storing(frame for frame in frames))
        return ShotCache(tmp_path, "key", PLANES, known_cuts=cuts).find(7) is not None

    assert finds({}) and finds({3: True, 7: True, end + 1: False})  # cuts of other shots
    assert not finds({8: True}) and not finds({end: False})
    assert finds({end: True}, {end: True}) and not finds({}, {end: True})


def test_a_shot_with_missing_frames_is_not_cached(tmp_path):
    planes, _ = cached_shot()
    grey = np.zeros((6, 8), np.uint8)
    chroma = [planes[0], None, planes[1]]
    cache = ShotCache(tmp_path, "key", PLANES)
    frames = (Frame(k, k, grey, grey, drawing=k, shot=0, chroma=c) for k, c in enumerate(chroma))
    assert len(list(cache.storing(frames))) == 3
    assert cache.is_empty


#: Frames of a shot of the town film; each frame is a drawing.
N_TOWN = 5
#: Shots of the town film: the third shows the town of the first one again, at other places.
TOWNS = (5, 6, 5)


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    """Write a grey film of three shots, a coloured frame of it, a workspace, and an untrained network."""
    folder = tmp_path_factory.mktemp("towns")
    colors = list(pan_over_towns(TOWNS, N_TOWN, step=4))
    write_film(folder / "towns.mkv", map(in_grey, colors), frame_rate=12, codec="ffv1")
    cv2.imwrite(str(folder / "reference.png"), colors[1][..., ::-1])
    write_film(folder / "other.mkv", pan_over_towns((6, 7), 2), frame_rate=12)
    with_episodes = Workspace(folder / "with episodes")
    extract(with_episodes, [folder / "other.mkv"], options=ExtractOptions())
    split(with_episodes, options=SplitOptions(test=()))
    assert len(WorkspaceAlbum(with_episodes)) == 4
    torch.manual_seed(0)
    header = {"variant": "plain", "width": 1 / 16, "luminance": "grey"}
    write_checkpoint(folder / "plain.safetensors", VARIANTS["plain"].build(1 / 16).state_dict(), header)
    return folder


@dataclass
class Coloring:
    """What a call of `colorize` did."""

    pictures: list
    """Frames of the output as decoded, without loss."""
    predicted: list
    """Indices of the frames that a network ran on."""
    summary: ColorizeSummary


@pytest.fixture
def color_towns(towns, tmp_path, monkeypatch):
    """Return a function that colours the town film along tracks in one workspace, or afresh in another."""
    predicted, predict = [], Member.predict

    def recorded(self, lightness, *, places=()):
        predicted.extend(place.index for place in places)
        return predict(self, lightness, places=places)

    monkeypatch.setattr(Member, "predict", recorded)

    def call(start="empty", *, pins=(), references=(), afresh=False):
        workspace = Workspace(tmp_path / ("afresh" if afresh else "w"))
        if start != "empty" and not workspace.root.exists():
            shutil.copytree(towns / start, workspace.root)
        workspace.root.mkdir(exist_ok=True)
        write_pins(workspace.pins, pins)
        output = workspace.root / "x.mkv"
        output.unlink(missing_ok=True)  # otherwise it would be up to date
        predicted.clear()
        (summary,) = colorize(
            workspace,
            [towns / "towns.mkv"],
            choice=Choice(checkpoints=(towns / "plain.safetensors",)),
            annotations=Annotations(references=references),
            options=ColorizeOptions(
                PredictOptions(device="cpu", precision="float32"),
                RefineOptions("tracks"),
                RenderOptions(codec="ffv1", pix_fmt="yuv444p"),
            ),
            output=output,
            run=RunOptions(again=afresh),
            reporter=Recorder(),
        )
        with av.open(str(output)) as container:
            pictures = [frame.to_ndarray() for frame in container.decode(video=0)]
        return Coloring(pictures, sorted(predicted), summary)

    return call


def same_pictures(one, other):
    """Return for each frame whether two results have the same picture, bit for bit."""
    return [np.array_equal(a, b) for a, b in zip(one.pictures, other.pictures, strict=True)]


@pytest.mark.parametrize(
    "start, max_drawings",
    [("empty", None), ("with episodes", None), ("empty", 3)],
    ids=["no episodes", "episodes", "long shots"],
)
def test_new_hints_recolour_from_cached_predictions(start, max_drawings, color_towns, towns, monkeypatch):
    """Networks run only on frames with hints, for the memory. The result equals that of a new workspace."""
    if max_drawings is not None:
        monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", max_drawings)
    n_frames = len(TOWNS) * N_TOWN
    pins = [Pin("towns", 7, 0.45, 0.55, "#d22832")]
    references = (towns / "reference.png",)
    bare = color_towns(start)
    assert bare.predicted == list(range(n_frames)) and bare.summary.n_kept_shots == 0
    for more, with_hints in (({"pins": pins}, [7]), ({"pins": pins, "references": references}, [1, 7])):
        again, afresh = color_towns(start, **more), color_towns(start, **more, afresh=True)
        assert again.predicted == with_hints
        assert afresh.predicted == sorted([*range(n_frames), *with_hints])
        assert same_pictures(again, afresh) == [True] * n_frames
        assert not all(same_pictures(again, bare))
    here = color_towns(start, pins=[replace(pins[0], reach="shot")])
    changed = [not same for same in same_pictures(here, bare)]
    assert here.predicted == [] and any(changed) and not any(changed[:5] + changed[11:])
    without = color_towns(start)
    assert without.predicted == [] and same_pictures(without, bare) == [True] * n_frames
    assert color_towns(start).summary.n_kept_shots == len(TOWNS)
