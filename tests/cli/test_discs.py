"""Discs and chapters as sources of commands."""

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from cartoonize.errors import UsageError
from cartoonize.video import open_source, write_film
from tests.support.cartoons import in_grey
from tests.support.discs import SECTOR, chain, write_ifo, write_stream
from tests.support.films import FRAME_RATE, pictures

pytestmark = pytest.mark.video
N = 50


def episode(number):
    return pictures(number, N)


@pytest.fixture
def dvd(tmp_path):
    """A disc with one title, whose three chapters are episodes of two seconds; the last chapter is short."""
    folder = tmp_path / "Series" / "VIDEO_TS"
    parts = [write_stream(tmp_path / f"{k}.vob", episode(k)) for k in range(3)]
    parts.append(write_stream(tmp_path / "end.vob", pictures(0, 5)))
    folder.mkdir(parents=True)
    (folder / "VTS_01_1.VOB").write_bytes(b"".join(part.read_bytes() for part in parts))
    ends = np.cumsum([0, *(part.stat().st_size // SECTOR for part in parts)])
    lengths = [Fraction(2)] * 3 + [Fraction(1, 5)]
    cells = [(int(a), int(b) - 1, s, 0) for (a, b), s in zip(pairwise(ends), lengths, strict=True)]
    write_ifo(folder / "VTS_01_0.IFO", [chain(cells, [1, 2, 3, 4])])
    return folder.parent


@pytest.fixture
def chaptered(tmp_path):
    """A video with three chapters of two seconds."""
    path = tmp_path / "three.mkv"
    n = 2 * FRAME_RATE
    chapters = [(2.0 * k, 2.0 * k + 2, f"Episode {k + 1}") for k in range(3)]
    frames = (picture for k in range(3) for picture in pictures(k, n))
    sound = np.zeros((6 * 44100, 1), np.float32)
    write_film(path, frames, frame_rate=FRAME_RATE, codec="ffv1", chapters=chapters, sound=sound)
    return path


def test_the_chapters_of_a_disc_are_episodes(cartoonize, dvd, tmp_path):
    work = tmp_path / "w"
    outcome = cartoonize("extract", dvd / "VIDEO_TS", "-w", work, "--chapters", "as-episodes")
    assert outcome.code == 0, outcome.err
    assert "Series: chapter 4 (0.2 s) is left out" in outcome.err
    episodes = json.loads((work / "manifest.json").read_text())["episodes"]
    assert sorted(episodes) == ["Series-01", "Series-02", "Series-03"]
    assert [one["n_decoded"] for one in episodes.values()] == [N] * 3
    assert len({one["sha256"] for one in episodes.values()}) == 3
    assert "up to date" in cartoonize("extract", dvd, "-w", work, "--chapters", "as-episodes").out
    assert cartoonize("split", "-w", work, "--test", "Series-03").code == 0
    outcome = cartoonize("colorize", "-w", work, "--variant", "grey", "--codec", "ffv1")
    assert outcome.code == 0, outcome.err
    with open_source(work / "out" / "Series-03.mkv") as result:
        assert sum(1 for _ in result.frames()) == N


def test_a_whole_disc_is_one_film(cartoonize, dvd, tmp_path):
    outcome = cartoonize("colorize", dvd, "-w", tmp_path / "w", "--variant", "grey", "--json")
    assert outcome.code == 0, outcome.err
    (result,) = outcome.json["outputs"]
    assert result["n_frames"] == 3 * N + 5
    with av.open(result["output"]) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        starts = [float(c["start"] * c["time_base"]) for c in container.chapters()]
        ends = [packet.pts * packet.time_base for packet in container.demux(audio=0) if packet.size]
    assert starts == pytest.approx([0, 2, 4, 6], abs=0.1)
    assert max(ends) == pytest.approx(6.2, abs=0.1)


def test_the_chapters_of_a_video_are_coloured_each_with_its_sound(cartoonize, chaptered, tmp_path):
    out = tmp_path / "out"
    arguments = ("--variant", "grey", "--chapters", "as-episodes", "--codec", "ffv1", "-o", out)
    outcome = cartoonize("colorize", chaptered, "-w", tmp_path / "w", *arguments)
    assert outcome.code == 0, outcome.err
    files = sorted(out.glob("*.mkv"))
    assert [file.stem for file in files] == ["three-01", "three-02", "three-03"]
    for k, file in enumerate(files):
        with open_source(file) as result:
            frames = list(result.frames())
        assert len(frames) == 2 * FRAME_RATE and frames[0].pts == 0
        grey = next(pictures(k, 2 * FRAME_RATE)) @ np.array([0.2126, 0.7152, 0.0722])
        assert abs(int(frames[0].grey[0, 0]) - grey[0, 0]) < 4
        with av.open(str(file)) as container:
            (chapter,) = container.chapters()
            assert chapter["metadata"]["title"] == f"Episode {k + 1}"
            times = [float(p.pts * p.time_base) for p in container.demux(audio=0) if p.size]
        assert min(times) == pytest.approx(0, abs=0.05) and max(times) == pytest.approx(2, abs=0.06)
    again = cartoonize("colorize", chaptered, "-w", tmp_path / "w", *arguments)
    assert again.code == 0 and again.out.count("up to date") >= 3


def test_a_film_without_chapters_is_told(fails, films, tmp_path):
    arguments = ("-w", tmp_path, "--variant", "grey", "--chapters", "as-episodes")
    fails("colorize", films / "e1.mkv", *arguments, words=("e1.mkv has no chapters",), code=2)


def test_an_encrypted_disc_is_told(fails, dvd, tmp_path):
    path = dvd / "VIDEO_TS" / "VTS_01_1.VOB"
    data = bytearray(path.read_bytes())
    for at in range(SECTOR, len(data), SECTOR):
        data[at + 20] |= 0x30
    path.write_bytes(data)
    fails("extract", dvd, "-w", tmp_path / "w", words=("VIDEO_TS is encrypted (CSS)", "does not decrypt"))


def test_a_series_learns_from_chapters_and_colours_chapters(cartoonize, chaptered, tmp_path, monkeypatch):
    """Films without chapters are episodes, too."""
    recipes = []

    def remember(workspace, recipe, **options):
        recipes.append(recipe)
        raise UsageError("enough", "Stop here.")

    monkeypatch.setattr("cartoonize.recipes.series.run_recipe", remember)
    grey = tmp_path / "grey"
    grey.mkdir()
    write_film(grey / "a.mkv", pictures(4, 4), frame_rate=FRAME_RATE)
    chaptered.rename(tmp_path / "colored.mkv")
    arguments = ("series", tmp_path / "colored.mkv", grey, "--chapters", "as-episodes", "-w", tmp_path / "w")
    assert "enough" in cartoonize(*arguments).err
    stages = {stage["stage"]: stage for stage in recipes[0].stages}
    names = [Path(path).name for path in stages["extract"]["sources"]]
    assert names == ["colored-01.chapter", "colored-02.chapter", "colored-03.chapter"]
    assert [Path(path).name for path in stages["colorize"]["sources"]] == ["a.mkv"]


def test_a_series_without_any_chapter_is_an_error(fails, tmp_path):
    write_film(tmp_path / "colored.mkv", pictures(0, 4), frame_rate=FRAME_RATE)
    write_film(tmp_path / "grey.mkv", map(in_grey, pictures(1, 4)), frame_rate=FRAME_RATE)
    arguments = ("series", tmp_path / "colored.mkv", tmp_path / "grey.mkv", "--chapters", "as-episodes")
    fails(*arguments, "-w", tmp_path / "w", words=["none of 2 films has chapters", "Leave out"], code=2)
