"""cartoonize rate."""

import base64
import json
import os
import re
import shutil

import cv2
import numpy as np
import pytest

from cartoonize.video import open_source, write_film
from tests.support.files import tree
from tests.support.films import BAD_SOURCES, HEIGHT, N_FRAMES, WIDTH, film, pictures
from tests.support.rated import content_of

CONTROL = "control"


def picture_of(uri):
    kind, data = uri.split(",")
    assert kind == "data:image/webp;base64"
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    return decoded[..., ::-1].astype(int)


def frames_of(path):
    with open_source(path) as source:
        return [(f.rgb.astype(int), f.grey.astype(int)) for f in source.frames(rgb=True)]


def answers_to(page, path, marks, rater="", **changes):
    """Write the answers of a person who gives each method its mark."""
    data = content_of(page)
    key = "score" if data["mode"] == "rating" else "fooled"
    rows = [{k: item[k] for k in ("item", "method", "frame")} for item in data["items"]]
    rows = [{**row, key: marks[row["method"]]} for row in rows]
    head = {"format": "cartoonize-ratings", "version": 1, "page": data["page"], "mode": data["mode"]}
    path.write_text(json.dumps({**head, "rater": rater, "answers": rows, **changes}))
    return path


@pytest.fixture(scope="module")
def page(films, tmp_path_factory):
    """A page with two methods, e2 and grey, against e1."""
    from cartoonize.tasks.rate import RateOptions, rate
    from cartoonize.workspace import Workspace

    path = tmp_path_factory.mktemp("rate") / "rate.html"
    results = [films / "e2.mkv", films / "grey.mkv"]
    rate(Workspace(path.parent), results, films / "e1.mkv", path, options=RateOptions(pairs=4))
    return path


def test_a_page_of_pairs_and_controls(cartoonize, films, tmp_path):
    output = tmp_path / "rate.html"
    results = (films / "e2.mkv", films / "grey.mkv")
    outcome = cartoonize(
        "rate", *results, "--reference", films / "e1.mkv", "-o", output, "--pairs", 4, "--json"
    )
    assert outcome.code == 0, outcome.err
    data = content_of(output)
    told = outcome.json
    assert told == {"page": str(output), "id": data["page"], "n_pairs": 12, "methods": ["e2", "grey"]}
    assert set(tree(tmp_path)) == {"rate.html"} and "12 pairs, 4 of them controls" in outcome.err
    items = data["items"]
    assert [item["item"] for item in items] == list(range(1, 13)) and data["practice"] is None
    methods = [item["method"] for item in items]
    assert {m: methods.count(m) for m in methods} == {"e2": 4, "grey": 4, CONTROL: 4}
    assert methods != sorted(methods) and len({item["frame"] for item in items}) == 12
    assert [item["frame"] for item in items] != sorted(item["frame"] for item in items)
    films_of = {m: frames_of(films / f"{m}.mkv") for m in ("e1", "e2", "grey")}
    assert (data["width"], data["height"]) == (WIDTH, HEIGHT)
    for item in items:
        original, luma = films_of["e1"][item["frame"]]
        shown = original if item["method"] == CONTROL else films_of[item["method"]][item["frame"]][0]
        grey = picture_of(item["left"])
        assert np.abs(grey - luma[..., None]).mean() < 4
        assert np.ptp(grey, axis=-1).max() <= 2
        assert np.abs(picture_of(item["right"]) - shown).mean() < 8


def test_the_page_is_self_contained_and_names_no_method(page):
    text = page.read_text()
    assert "http://" not in text and "https://" not in text and "//cdn" not in text
    assert "default-src &#x27;none&#x27;" in text and not re.search(r'(src|href)="(?!data:,)', text)
    outside = re.sub(r'<style>.*?</style>|id="data">.*?</script>', "", text, flags=re.DOTALL)
    assert not re.search(r"\be2\b|control|\.mkv", outside)
    keys = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])["items"]
    assert not any(name in json.dumps(keys) for name in ('"e2"', '"grey"', CONTROL))


def test_the_same_seed_gives_the_same_page(cartoonize, films, tmp_path):
    def text(name, *options):
        arguments = (films / "e2.mkv", "--reference", films / "e1.mkv", "-o", tmp_path / name)
        assert cartoonize("rate", *arguments, *options).code == 0
        return (tmp_path / name).read_text()

    assert text("a.html") == text("b.html") != text("c.html", "--seed", 1)
    assert len({content_of(tmp_path / f"{name}.html")["page"] for name in "abc"}) == 2


def test_real_or_fake_shows_the_original_beside_the_result(cartoonize, films, tmp_path):
    output = tmp_path / "quiz.html"
    options = ("--mode", "real-or-fake", "--seconds", "0.5", "--pairs", "6", "--controls", "2")
    outcome = cartoonize("rate", films / "e2.mkv", "--reference", films / "e1.mkv", "-o", output, *options)
    assert outcome.code == 0, outcome.err
    data = content_of(output)
    assert (data["mode"], data["seconds"]) == ("real-or-fake", 0.5) and data["practice"][
        "method"
    ] == "practice"
    assert [item["method"] for item in data["items"]].count(CONTROL) == 2 and len(data["items"]) == 8
    assert {item["real"] for item in data["items"]} == {"left", "right"}
    one, two = frames_of(films / "e1.mkv"), frames_of(films / "e2.mkv")
    for item in [*data["items"], data["practice"]]:
        real = picture_of(item[item["real"]])
        false = picture_of(item["right" if item["real"] == "left" else "left"])
        assert np.abs(real - one[item["frame"]][0]).mean() < 8
        if item["method"] == "e2":
            assert np.abs(false - two[item["frame"]][0]).mean() < 8
        else:  # the same picture with wrong colours
            weights = np.array([0.299, 0.587, 0.114])
            assert np.abs(false @ weights - real @ weights).mean() < 12 < np.abs(false - real).mean()


def test_frames_that_show_nothing_are_left_out_and_pictures_are_no_larger_than_asked(
    cartoonize, fails, tmp_path
):
    path = tmp_path / "dark.mkv"
    shown = [p if 6 <= k < 14 else np.zeros_like(p) for k, p in enumerate(pictures())]
    write_film(path, shown, frame_rate=12)
    output = tmp_path / "rate.html"
    arguments = ("rate", path, "--reference", path, "-o", output)
    assert cartoonize(*arguments, "--pairs", 4, "--height", 32).code == 0
    data = content_of(output)
    assert {item["frame"] for item in data["items"]} == set(range(6, 14))
    assert (data["width"], data["height"]) == (48, 32)
    assert picture_of(data["items"][0]["left"]).shape == (32, 48, 3)
    fails(
        *arguments,
        "--pairs",
        9,
        "--force",
        words=[path, "only 8 frames show something, 9 are needed", "--pairs"],
    )


def test_the_original_can_be_an_episode_of_the_workspace(cartoonize, films, extracted, tmp_path):
    output = tmp_path / "rate.html"
    outcome = cartoonize("rate", films / "e2.mkv", "--reference", "e1", "-o", output, "-w", extracted.root)
    assert outcome.code == 0, outcome.err
    assert output.exists()


def test_a_grey_original_gives_a_warning(cartoonize, films, tmp_path):
    for mode in ("rating", "real-or-fake"):
        arguments = (films / "e1.mkv", "--reference", films / "grey.mkv", "-o", tmp_path / f"{mode}.html")
        outcome = cartoonize("rate", *arguments, "--mode", mode, "-q")
        assert outcome.code == 0 and "has no colour" in outcome.err and outcome.err.count("\n") == 1


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_sources(fails, films, bad, tmp_path, name):
    words, output = [bad / name, BAD_SOURCES[name]], tmp_path / "rate.html"
    fails("rate", bad / name, "--reference", bad / name, "-o", output, words=words)
    if name != "cut.mp4":  # which is not the same film as e1
        fails(
            "rate", films / "e2.mkv", bad / name, "--reference", films / "e1.mkv", "-o", output, words=words
        )
    assert tree(tmp_path) == {}


def test_films_of_other_lengths_or_shapes(fails, films, tmp_path):
    output = tmp_path / "rate.html"
    one = films / "e1.mkv"
    short = film(tmp_path / "short.mkv", 2, n_frames=20)
    words = [short, one, "has 20 frames", f"has {N_FRAMES};", "missing frame"]
    fails("rate", films / "e2.mkv", short, "--reference", one, "-o", output, words=words)
    fails("rate", one, "--reference", short, "-o", output, words=[one, short, "has 20;", "surplus frame"])
    square = tmp_path / "square.mkv"
    write_film(square, (p[:, :HEIGHT] for p in pictures()), frame_rate=12)
    fails("rate", square, "--reference", one, "-o", output, words=[square, one, "64x64", "96x64"])
    fails(
        "rate",
        one,
        "--reference",
        one,
        "-o",
        output,
        "--pairs",
        30,
        words=[one, "24 frames", "30 are needed"],
    )
    assert not output.exists()


def test_an_output_that_exists_is_kept_unless_forced(cartoonize, fails, misused, films, tmp_path):
    video = shutil.copy(films / "e1.mkv", tmp_path / "e.html")
    output = tmp_path / "rate.html"
    output.write_text("precious")
    before = tree(tmp_path)
    arguments = ("rate", films / "e2.mkv", video, "--reference", films / "e1.mkv")
    fails(*arguments, "-o", output, words=[output, "exists", "--force"])
    for force in ([], ["--force"]):
        fails(*arguments, "-o", video, *force, words=[video, "one of the inputs"])
    nowhere = tmp_path / "nowhere" / "rate.html"
    fails(*arguments, "-o", nowhere, words=[nowhere, "there is no folder"])
    fails(*arguments, "-o", tmp_path / "rate.txt", words=["rate.txt", ".html"], code=2)
    assert tree(tmp_path) == before
    assert cartoonize(*arguments, "-o", output, "--force").code == 0 and "<!doctype" in output.read_text()


def test_wrong_usage(fails, misused, films, tmp_path):
    output, one = tmp_path / "rate.html", films / "e1.mkv"
    misused("rate", "--reference", one, "-o", output, words=["RESULT"])
    misused("rate", "--results", words=["RESULT"])
    misused("rate", one, "--reference", one, "-o", output, "--mode", "guess", words=["guess", "real-or-fake"])
    whole = ("rate", one, "--reference", one, "-o", output)
    for arguments, words in (
        (("rate", one, "-o", output), ["--reference"]),
        (("rate", one, "--reference", one), ["-o"]),
        ((*whole, "--pairs", 0), ["pairs must be 1 to 100, got 0"]),
        ((*whole, "--seconds", 0), ["seconds must be 0.05 to 60, got 0"]),
        ((*whole, "--height", 4), ["height must be 32 to 2160, got 4"]),
        (("rate", one, one, "--reference", one, "-o", output), ["'e1'", "rename"]),
        (("rate", tmp_path / "control.mkv", "--reference", one, "-o", output), ["'control'", "Rename"]),
        (("rate", tmp_path / "a.json", "-o", output), ["a.json", "--results"]),
        (("rate", "--results", tmp_path / "a.json", "--pairs", 3), ["--results", "--pairs"]),
        (("rate", "--results", tmp_path / "a.json", "--reference", one), ["--results", "--reference"]),
    ):
        fails(*arguments, words=words, code=2)
    assert tree(tmp_path) == {}


def test_sum_up_answers(cartoonize, page, tmp_path):
    ann = answers_to(page, tmp_path / "a.json", {"e2": 7, "grey": 2, CONTROL: 9}, "Ann")
    bob = answers_to(page, tmp_path / "b.json", {"e2": 6, "grey": 1, CONTROL: 10}, "Bob")
    outcome = cartoonize("rate", "--results", ann, "--results", bob, "--json")
    assert outcome.code == 0, outcome.err
    told = outcome.json
    assert (told["mode"], told["n_people"]) == ("rating", 2) and 0.9 < told["alpha"] < 1
    assert told["alpha_without_controls"] > 0.9
    assert [(m["method"], m["mean"], m["n_answers"], m["n_people"]) for m in told["methods"]] == [
        ("e2", 6.5, 8, 2),
        ("grey", 1.5, 8, 2),
        (CONTROL, 9.5, 8, 2),
    ]
    e2 = told["methods"][0]
    assert e2["deviation"] == pytest.approx(np.std([6, 7] * 4, ddof=1)) and e2["low"] < 6.5 < e2["high"]
    assert e2["counts"][6:8] == [4, 4]
    plain = cartoonize("rate", "--results", ann, bob)
    assert plain.err == "" and plain.out == outcome.err
    head, *rows, alpha = plain.out.splitlines()
    assert head.split() == ["mean", "sd", "95%", "interval", "answers", "people"]
    assert rows[0].split() == ["e2", "6.50", "0.53", "6.05", "to", "6.95", "8", "2"] and len(head) <= 80
    assert "alpha" in alpha and "0.9" in alpha
    alone = cartoonize("rate", "--results", ann, "--json")
    assert alone.json["alpha"] is None and "alpha (1: people agree, 0: agreement by chance): -," in alone.err


def test_sum_up_answers_as_a_page(cartoonize, fails, page, tmp_path):
    hostile = '<img src="x" onerror="alert(1)">'
    answers = [{"item": k, "method": hostile, "frame": k, "score": k} for k in range(3)]
    ann = answers_to(page, tmp_path / "a.json", {"e2": 7, "grey": 2, CONTROL: 9}, "Ann")
    other = answers_to(page, tmp_path / "b.json", {"e2": 6, "grey": 1, CONTROL: 10}, "Bob", answers=answers)
    output = tmp_path / "said.html"
    outcome = cartoonize("rate", "--results", ann, other, "-o", output, "--json")
    assert outcome.code == 0 and outcome.json["page"] == str(output), outcome.err
    text = output.read_text()
    assert hostile not in text and "&lt;img src=" in text and text.count('<svg class="chart"') == 4
    assert "7.00" in text and "default-src &#x27;none&#x27;" in text and "http://" not in text
    fails("rate", "--results", ann, "-o", output, words=[output, "exists"])
    fails("rate", "--results", ann, "-o", ann, "--force", words=[ann, "HTML"], code=2)


def test_files_without_answers(cartoonize, fails, films, page, tmp_path):
    ann = answers_to(page, tmp_path / "a.json", {"e2": 7, "grey": 2, CONTROL: 9}, "Ann")
    twin = shutil.copy(ann, tmp_path / "twin.json")
    half = tmp_path / "half.json"
    half.write_text(ann.read_text()[:100])
    for paths, words in (
        ([tmp_path / "no.json"], ["no.json", "does not exist"]),
        ([films / "e1.mkv"], ["e1.mkv", "not a file of ratings"]),
        ([ann, half], [half, "damaged"]),
        ([ann, twin], [ann, twin, "same person"]),
    ):
        fails("rate", "--results", *paths, words=words)
        fails("rate", "--results", *paths, "-o", tmp_path / "said.html", words=words)
    assert not (tmp_path / "said.html").exists()


def test_names_of_all_kinds(cartoonize, films, tmp_path):
    names = [os.fsdecode(b"latin1 \xe9"), "</script><b>", "two\nlines"]
    results = [
        shutil.copy(films / "e2.mkv", tmp_path / f"{name.replace('/', chr(0x2215))}.mkv") for name in names
    ]
    page, said = tmp_path / "rate.html", tmp_path / "said.html"
    outcome = cartoonize("rate", *results, "--reference", films / "e1.mkv", "-o", page, "--pairs", 2)
    assert outcome.code == 0, outcome.err
    methods = {item["method"] for item in content_of(page)["items"]}
    ann = answers_to(page, tmp_path / "a.json", dict.fromkeys(methods, 5), "Ann")
    outcome = cartoonize("rate", "--results", ann, "-o", said)
    assert outcome.code == 0 and len(methods) == 4, outcome.err
    assert all(line.isprintable() for line in outcome.out.splitlines()) and said.read_text()
