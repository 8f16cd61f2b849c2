"""cartoonize evaluate."""

import json
import math
import shutil

import cv2
import numpy as np
import pytest

from cartoonize.frames import COLOR_SIZE
from cartoonize.tasks import evaluate as stage
from cartoonize.tasks import score_frames
from cartoonize.video import write_film
from tests.support.files import tree
from tests.support.films import BAD_SOURCES, FRAME_RATE, N_FRAMES, film, pictures

SCORES = {
    "psnr",
    "rmse",
    "pa",
    "ciede2000",
    "share_within_5",
    "share_within_10",
    "vivid_within_10",
    "vivid_share",
    "ssim",
    "static_flicker",
    "static_flicker_own",
    "warp_error",
    "edge_bleed",
    "border_error",
    "colorfulness_ratio",
    "chroma_ratio",
    "region_accuracy",
    "inconsistency",
}


def lines_of(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {kind: [line for line in lines if line["kind"] == kind] for kind in {li["kind"] for li in lines}}


def test_a_film_against_itself_is_perfect_and_grey_is_not(cartoonize, films, tmp_path):
    one, grey_film = films / "e1.mkv", films / "grey.mkv"
    outcome = cartoonize("evaluate", one, grey_film, "--reference", one, "-w", tmp_path, "--json")
    assert outcome.code == 0, outcome.err
    same, grey = outcome.json["results"]
    assert (
        set(same) == {"colorized", "n_frames", *SCORES} and same["n_frames"] == grey["n_frames"] == N_FRAMES
    )
    assert (same["colorized"], grey["colorized"]) == (str(one), str(grey_film))
    assert same["ciede2000"] == 0 and same["rmse"] == 0 and same["share_within_5"] == 1 == same["ssim"]
    assert same["colorfulness_ratio"] == pytest.approx(1) and grey["colorfulness_ratio"] < 0.05
    assert same["region_accuracy"] == 1 and grey["region_accuracy"] < 0.5
    assert grey["ciede2000"] > 10 and grey["share_within_10"] < 0.5 and grey["psnr"] < same["psnr"]
    assert same["vivid_within_10"] == 1 and grey["vivid_within_10"] < 0.5
    assert 0 < same["vivid_share"] == grey["vivid_share"] < 1
    assert f"Vivid pixels are {same['vivid_share']:.0%} of the original" in outcome.err
    assert tree(tmp_path) == {}
    head, *rows = outcome.err.splitlines()
    assert "CIEDE" in head and [row.split()[0] for row in rows[:2]] == ["e1.mkv", "grey.mkv"]
    assert all(len(row) <= 80 for row in (head, *rows[:2])) and "--json" in rows[-1]


def test_score_files(cartoonize, films, tmp_path):
    output = tmp_path / "reports" / "scores.json"
    arguments = ["evaluate", films / "e1.mkv", films / "grey.mkv", "--reference", films / "e1.mkv"]
    outcome = cartoonize(*arguments, "-o", output, "--json")
    rows = json.loads(output.read_text())
    assert [row["colorized"] for row in rows] == ["e1.mkv", "grey.mkv"]
    assert [{**r, "colorized": ""} for r in rows] == [{**r, "colorized": ""} for r in outcome.json["results"]]
    assert set(tree(tmp_path)) == {
        "reports/scores.json",
        "reports/scores/e1.jsonl",
        "reports/scores/grey.jsonl",
    }
    text = (tmp_path / "reports" / "scores" / "grey.jsonl").read_text()
    assert "NaN" not in text and json.loads(text.splitlines()[0])["kind"] == "header"
    lines = lines_of(tmp_path / "reports" / "scores" / "grey.jsonl")
    assert set(lines) == {"header", "frame", "shot", "histogram", "episode"}
    (header,), (episode,) = lines["header"], lines["episode"]
    assert header["colorized"] == str(films / "grey.mkv") and header["reference"] == str(films / "e1.mkv")
    assert header["frame_rate"] == FRAME_RATE and header["n_frames"] == episode["n_frames"] == N_FRAMES
    assert header["protocol"] == "256x256 area averaged, sRGB 8 bit, CIELAB D65"
    assert [frame["frame"] for frame in lines["frame"]] == list(range(N_FRAMES))
    assert all(set(frame) == {"kind", "frame", "shot", *SCORES} for frame in lines["frame"])
    half = N_FRAMES // 2  # where the cut is
    assert [frame["shot"] for frame in lines["frame"]] == [0] * half + [1] * half
    assert [(s["shot"], s["start"], s["stop"]) for s in lines["shot"]] == [(0, 0, half), (1, half, N_FRAMES)]
    assert {k: episode[k] for k in SCORES} == {k: rows[1][k] for k in SCORES}
    for start in (0, half):  # frames before the first one of a shot do not count
        assert (
            lines["frame"][start]["warp_error"] is None
            and lines["frame"][start + 1]["warp_error"] is not None
        )
    errors = [frame["ciede2000"] for frame in lines["frame"]]
    assert np.mean(errors) == pytest.approx(episode["ciede2000"])
    assert np.mean(errors[:half]) == pytest.approx(lines["shot"][0]["ciede2000"])
    assert {h["of"] for h in lines["histogram"]} == {"rmse", "ciede2000"}
    for histogram in lines["histogram"]:
        assert sum(histogram["pixels"]) == N_FRAMES * COLOR_SIZE**2
        assert len(histogram["edges"]) == len(histogram["pixels"]) + 1


def test_results_are_named_by_the_shortest_names_that_differ(cartoonize, films, tmp_path):
    videos = [tmp_path / name for name in ("a/out/rpi.mkv", "b/out/rpi.mkv", "auto.mkv")]
    for video in videos:
        video.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(films / "grey.mkv", video)
    base = ("evaluate", *videos, "--reference", films / "e1.mkv", "--fast")
    names = ["a/out/rpi.mkv", "b/out/rpi.mkv", "auto.mkv"]
    assert [line.split()[0] for line in cartoonize(*base).out.splitlines()[1:4]] == names
    output = tmp_path / "scores.json"
    assert cartoonize(*base, "-o", output).code == 0
    assert [row["colorized"] for row in json.loads(output.read_text())] == names
    written = [path for path in tree(tmp_path / "scores") if path.endswith(".jsonl")]
    assert sorted(written) == ["a/out/rpi.jsonl", "auto.jsonl", "b/out/rpi.jsonl"]


def test_scores_are_kept_until_the_video_or_the_options_change(cartoonize, films, tmp_path, monkeypatch):
    result, output = tmp_path / "a.mkv", tmp_path / "scores.json"
    film(result, 2)
    arguments = ["evaluate", films / "grey.mkv", result, "--reference", films / "e1.mkv", "-o", output]
    first = cartoonize(*arguments, "--json").json
    scored, whole = [], stage._score
    monkeypatch.setattr(stage, "_score", lambda jobs, *rest: scored.append(len(jobs)) or whole(jobs, *rest))
    before = tree(tmp_path / "scores")
    assert cartoonize(*arguments, "--json").json == first and scored == []
    assert tree(tmp_path / "scores") == before
    (tmp_path / "scores" / "a.jsonl").write_text('{"kind": "header"')  # cut off
    assert cartoonize(*arguments, "--json").json == first and scored == [1]
    film(result, 3)
    changed = cartoonize(*arguments, "--json").json["results"]
    assert scored == [1, 1] and changed[0] == first["results"][0] and changed[1] != first["results"][1]
    cartoonize(*arguments, "--fast")
    assert scored == [1, 1, 2]


def test_scores_do_not_depend_on_batches_and_cores(cartoonize, films, tmp_path, monkeypatch):
    results = [films / f"{name}.mkv" for name in ("e1", "e2", "e3", "grey")]
    outputs = []
    for batch, n_cores in ((6, 1), (3, 4)):
        monkeypatch.setattr(stage, "BATCH", batch)
        monkeypatch.setattr(score_frames, "n_cores", lambda n=n_cores: n)
        output = tmp_path / f"{batch}" / "scores.json"
        outcome = cartoonize("evaluate", *results, "--reference", films / "e1.mkv", "-o", output)
        assert outcome.code == 0, outcome.err
        outputs.append(
            [
                output.read_text(),
                *(p.read_text() for p in sorted((tmp_path / f"{batch}" / "scores").iterdir())),
            ]
        )
    assert len(outputs[0]) == 5 and outputs[0] == outputs[1]


def test_results_of_one_name_are_told_apart_by_their_folders(cartoonize, films, tmp_path):
    twins = [tmp_path / name / "x.mkv" for name in "ab"]
    for number, path in enumerate(twins, 1):
        path.parent.mkdir()
        film(path, number)
    output = tmp_path / "s.json"
    cartoonize("evaluate", *twins, "--reference", films / "e1.mkv", "-o", output, "--fast")
    assert [row["colorized"] for row in json.loads(output.read_text())] == ["a/x.mkv", "b/x.mkv"]
    assert set(tree(tmp_path / "s")) == {"a/x.jsonl", "b/x.jsonl"}


def test_options(cartoonize, films):
    arguments = ["evaluate", films / "grey.mkv", "--reference", films / "e1.mkv", "--json"]
    (plain,) = cartoonize(*arguments, "--pa-threshold", 5, "--pa-threshold", "7.5").json["results"]
    assert set(plain) == {"colorized", "n_frames", "pa_5", "pa_7.5", *SCORES}
    outcome = cartoonize(*arguments, "--fast", "--per", "shot")
    (fast,) = outcome.json["results"]
    assert set(plain) - set(fast) >= {"ciede2000", "ssim", "share_within_5"} and fast["psnr"] == plain["psnr"]
    assert [(s["start"], s["stop"]) for s in fast["shots"]] == [(0, 12), (12, 24)]
    shown = outcome.err
    assert "CIEDE" not in shown.splitlines()[0] and "shot 1: frames 12 to 23" in shown


def test_an_undefined_score_is_null_and_a_dash(cartoonize, tmp_path):
    picture = tmp_path / "grey.png"
    cv2.imwrite(str(picture), next(pictures(1, grey=True)))
    outcome = cartoonize("evaluate", picture, "--reference", picture, "--json")
    assert outcome.json["results"][0]["colorfulness_ratio"] is None and "NaN" not in outcome.out
    warning, _, row, *_ = outcome.err.splitlines()
    assert row.split()[-1] == "-"
    assert str(picture) in warning and "no colour" in warning


def test_a_grey_reference_gives_a_warning_even_with_quiet(cartoonize, films):
    outcome = cartoonize("evaluate", films / "e1.mkv", "--reference", films / "grey.mkv", "-q", "--json")
    (line,) = outcome.err.splitlines()
    assert str(films / "grey.mkv") in line and "mean nothing" in line and "coloured original" in line
    assert outcome.code == 0 and outcome.json["results"][0]["chroma_ratio"] is None
    assert cartoonize("evaluate", films / "grey.mkv", "--reference", films / "e1.mkv", "-q").err == ""


def test_folders_of_stills(cartoonize, films, tmp_path):
    for number, picture in enumerate(pictures(1)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture[..., ::-1])
    outcome = cartoonize("evaluate", tmp_path, "--reference", films / "e1.mkv", "--json")
    assert outcome.json["results"][0]["ciede2000"] < 3
    assert cartoonize("evaluate", films / "e1.mkv", "--reference", tmp_path).code == 0


def test_pictures_of_256x256_match_any_shape(cartoonize, films, tmp_path):
    for number, picture in enumerate(pictures(1)):
        square = cv2.resize(picture, (COLOR_SIZE, COLOR_SIZE), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(tmp_path / f"{number}.png"), square[..., ::-1])
    outcome = cartoonize("evaluate", tmp_path, "--reference", films / "e1.mkv", "--json")
    assert outcome.json["results"][0]["ciede2000"] < 3


def test_films_of_other_lengths(fails, films, tmp_path):
    longer = film(tmp_path / "longer.mkv", 1, n_frames=N_FRAMES + 2)
    one, output = films / "e1.mkv", tmp_path / "scores.json"
    words = [longer, one, f"has {N_FRAMES + 2} frames", f"has {N_FRAMES};", "surplus frame is at 0:02.00"]
    fails("evaluate", longer, "--reference", one, "-o", output, words=words)
    words = [longer, one, f"has {N_FRAMES} frames", f"has {N_FRAMES + 2};", "missing frame is at 0:02.00"]
    fails("evaluate", one, "--reference", longer, "-o", output, words=words)
    assert set(tree(tmp_path)) == {"longer.mkv"}


def test_films_of_another_shape(fails, films, tmp_path):
    wide = tmp_path / "wide.mkv"
    write_film(wide, (picture[:48] for picture in pictures(1)), frame_rate=FRAME_RATE)
    words = [wide, films / "e1.mkv", "96x48", "96x64", "2.00", "1.50"]
    fails("evaluate", wide, "--reference", films / "e1.mkv", words=words)
    small = tmp_path / "small.mkv"
    write_film(small, (cv2.resize(p, (48, 32)) for p in pictures(1)), frame_rate=FRAME_RATE)
    # A film of another size, but the same shape, is accepted.
    assert stage.evaluate([small], films / "e1.mkv")[0].scores["ciede2000"] < 10


def test_films_of_other_frame_rates(fails, films, tmp_path):
    fast = tmp_path / "fast.mkv"
    write_film(fast, pictures(1), frame_rate=FRAME_RATE + 1)
    words = [fast, films / "e1.mkv", "has 13 frames/s", "has 12", "apart after 1 s"]
    fails("evaluate", fast, "--reference", films / "e1.mkv", words=words)


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_sources(fails, films, bad, name):
    words = [bad / name, BAD_SOURCES[name]]
    if name == "cut.mp4":  # shorter than it says, so shorter than the other one, too
        words = [bad / name]
    fails("evaluate", bad / name, "--reference", films / "e1.mkv", words=words)
    fails("evaluate", films / "e1.mkv", "--reference", bad / name, words=words)


def test_wrong_usage(misused, fails, films, tmp_path):
    one = films / "e1.mkv"
    misused("evaluate", one, words=["--reference"])
    misused("evaluate", "--reference", one, words=["COLORIZED"])
    misused("evaluate", one, "--reference", one, "--per", "year", words=["year", "shot"])
    fails("evaluate", one, "--reference", one, "--pa-threshold", -1, words=["got -1", "at most 200"], code=2)
    fails(
        "evaluate", one, "--reference", one, "--pa-threshold", "nan", words=["got nan", "at most 200"], code=2
    )
    fails("evaluate", one, "--reference", one, "-o", tmp_path / "x", words=[tmp_path / "x", ".json"], code=2)
    output = tmp_path / "x.json"
    fails("evaluate", one, one, "--reference", one, "-o", output, words=["x/", "e1.jsonl"], code=2)
    assert tree(tmp_path) == {}


def test_an_output_that_cannot_be_written(fails, films, tmp_path):
    (tmp_path / "scores").write_text("a file where the folder has to be")
    words = [tmp_path / "scores", "cannot be written"]
    fails(
        "evaluate",
        films / "e1.mkv",
        "--reference",
        films / "e1.mkv",
        "-o",
        tmp_path / "scores.json",
        words=words,
    )
    assert set(tree(tmp_path)) == {"scores"}


def test_a_held_out_episode_that_flickers_is_found_out(films, tmp_path):
    """Two results have the same mean error, and one of them flickers: the scores tell them apart."""

    def tinted(sign):
        for index, picture in enumerate(pictures(1)):
            shift = np.array((6, -3, -6)) * sign(index)
            yield np.clip(picture.astype(int) + shift, 0, 255).astype(np.uint8)

    paths = [tmp_path / "steady.mkv", tmp_path / "flickering.mkv"]
    write_film(paths[0], tinted(lambda i: 1), frame_rate=FRAME_RATE)
    write_film(paths[1], tinted(lambda i: (-1) ** i), frame_rate=FRAME_RATE)
    steady, flickering = (s.scores for s in stage.evaluate(paths, films / "e1.mkv"))
    assert steady["ciede2000"] == pytest.approx(flickering["ciede2000"], rel=0.3)
    assert flickering["static_flicker"] > 5 > 1 > steady["static_flicker"]
    assert flickering["warp_error"] > 2 * steady["warp_error"]
    assert not math.isnan(steady["inconsistency"])
