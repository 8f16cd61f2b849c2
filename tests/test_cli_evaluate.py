"""cartoonize evaluate."""

import cv2
import pytest
from conftest import BAD_SOURCES, N_FRAMES, film, pictures, tree

KEYS = {
    "colorized",
    "psnr",
    "rmse",
    "pa",
    "ciede2000",
    "share_within_5",
    "share_within_10",
    "static_flicker",
    "edge_bleed",
    "colorfulness_ratio",
    "n_frames",
}


def test_a_film_against_itself_is_perfect_and_grey_is_not(cartoonize, films, tmp_path):
    outcome = cartoonize(
        "evaluate",
        films / "e1.mkv",
        films / "grey.mkv",
        "--reference",
        films / "e1.mkv",
        "-w",
        tmp_path,
        "--json",
    )
    assert outcome.code == 0, outcome.err
    same, grey = outcome.json["results"]
    assert set(same) >= KEYS and same["n_frames"] == grey["n_frames"] == N_FRAMES
    assert (same["colorized"], grey["colorized"]) == (str(films / "e1.mkv"), str(films / "grey.mkv"))
    assert same["ciede2000"] == 0 and same["rmse"] == 0 and same["share_within_5"] == 1
    assert same["colorfulness_ratio"] == pytest.approx(1) and grey["colorfulness_ratio"] < 0.05
    assert grey["ciede2000"] > 10 and grey["share_within_10"] < 0.5 and grey["psnr"] < same["psnr"]
    assert tree(tmp_path) == {}
    head, *rows = outcome.err.splitlines()
    assert "ciede2000" in head and [row.split()[0] for row in rows] == ["e1.mkv", "grey.mkv"]


def test_a_score_without_meaning_is_null_and_a_dash(cartoonize, tmp_path):
    picture = tmp_path / "grey.png"
    cv2.imwrite(str(picture), next(pictures(1, grey=True)))
    outcome = cartoonize("evaluate", picture, "--reference", picture, "--json")
    assert outcome.json["results"][0]["colorfulness_ratio"] is None and "NaN" not in outcome.out
    assert outcome.err.splitlines()[-1].split()[-1] == "-"


def test_folders_of_stills(cartoonize, films, tmp_path):
    for number, picture in enumerate(pictures(1)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture[..., ::-1])
    outcome = cartoonize("evaluate", tmp_path, "--reference", films / "e1.mkv", "--json")
    assert outcome.json["results"][0]["ciede2000"] < 3


def test_films_of_other_lengths(fails, films, tmp_path):
    longer = film(tmp_path / "longer.mkv", 1, n_frames=N_FRAMES + 2)
    one = films / "e1.mkv"
    fails(
        "evaluate",
        longer,
        "--reference",
        one,
        words=[longer, one, f"goes on after the reference's {N_FRAMES}"],
    )
    fails("evaluate", one, "--reference", longer, words=[longer, one, f"ends after {N_FRAMES} frames"])


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_sources(fails, films, bad, name):
    words = [bad / name, BAD_SOURCES[name]]
    if name == "cut.mp4":  # shorter than it says, so shorter than the other one, too
        words = [bad / name]
    fails("evaluate", bad / name, "--reference", films / "e1.mkv", words=words)
    fails("evaluate", films / "e1.mkv", "--reference", bad / name, words=words)


def test_wrong_usage(misused, films):
    misused("evaluate", films / "e1.mkv", words=["--reference"])
    misused("evaluate", "--reference", films / "e1.mkv", words=["COLORIZED"])
