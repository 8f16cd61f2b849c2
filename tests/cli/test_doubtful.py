"""cartoonize doubtful, cartoonize references suggest, colorize --confidence-video."""

import re
import shutil
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

from cartoonize.annotations.suggestions import read_suggestions
from cartoonize.filters import predict
from cartoonize.filters.render import confidence_planes
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.tasks.colored_films import latest_confidence
from cartoonize.tasks.suggest import suggest_references
from cartoonize.tracking.confidence_file import read_confidence, write_confidence
from cartoonize.video import open_source
from cartoonize.workspace import fingerprint
from tests.support.files import tree
from tests.support.films import N_FRAMES, pictures


@pytest.fixture
def colored(cartoonize, studio):
    """Colour the test episode with tracks; return the workspace and the output."""
    outcome = cartoonize("colorize", "-w", studio.root, "--refine", "tracks", "--json")
    assert outcome.code == 0, outcome.err
    (result,) = outcome.json["outputs"]
    assert result["confidence"] == str(studio.out / "e1.confidence.json")
    assert "cartoonize doubtful" in outcome.err
    return studio, studio.out / "e1.mkv"


def no_network(monkeypatch):
    def runs(*arguments):
        raise AssertionError("a network runs")

    monkeypatch.setattr(predict, "_histograms", runs)


def test_the_worst_shot_comes_first(cartoonize, colored):
    studio, output = colored
    outcome = cartoonize("doubtful", "-w", studio.root, "--json")
    shots = outcome.json["shots"]
    assert [s["shot"] for s in sorted(shots, key=lambda s: s["start"])] == [0, 1]
    assert [(s["start"], s["stop"]) for s in sorted(shots, key=lambda s: s["start"])] == [
        (0, 12),
        (12, N_FRAMES),
    ]
    assert shots[0]["confidence"] <= shots[1]["confidence"]
    assert all(0 < s["confidence"] < 1 and s["regions"] for s in shots)
    wrong = [(s["stop"] - s["start"]) / N_FRAMES * (1 - s["confidence"]) for s in shots]
    assert [s["expected_wrong"] for s in shots] == pytest.approx(wrong, abs=1e-5)
    assert outcome.json["expected_wrong"] == pytest.approx(sum(wrong), abs=1e-5)
    for shot in shots:
        worst = shot["regions"][0]
        assert (shot["place"], shot["verdict"]) == (worst["place"], worst["verdict"])
        assert shot["video"] == str(output) and len(worst["box"]) == 4
    named = cartoonize("doubtful", output, "-n", 1, "--json", "-w", studio.root)
    assert named.json["shots"] == shots[:1] and "references suggest" in named.err


def test_the_list_explains_itself(cartoonize, colored):
    studio, _ = colored
    lines = cartoonize("doubtful", "-w", studio.root).out.splitlines()
    assert re.fullmatch(r"About [\d.]+% of the film is expected to be wrong\. .* worst first:", lines[0])
    pattern = (
        r" *([\d.]+)%  e1 0:\d\d\.\d, [a-z ]+: (probably right|may be wrong|probably wrong) \(\d+% of .*\)"
    )
    shares = [float(re.fullmatch(pattern, line)[1]) for line in lines[1:3]]
    assert shares == sorted(shares, reverse=True)
    assert lines[3].startswith(f"Wrote {studio.reports / 'doubtful.png'}")
    assert f"references suggest {read_confidence(colored[1]).source} -w {studio.root}`" in lines[4]


def test_the_shots_are_drawn(cartoonize, fails, colored, tmp_path):
    studio, output = colored
    assert cartoonize("doubtful", "-w", studio.root).code == 0
    default = cv2.imread(str(studio.reports / "doubtful.png"))
    assert default.shape[1] == 2 * 500 + 20  # two shots, side by side
    assert (default == (196, 72, 255)).all(-1).any()  # the line of a box
    sheet = tmp_path / "sheet.png"
    outcome = cartoonize("doubtful", output, "-n", 1, "-o", sheet, "--json", "-w", tmp_path / "new")
    assert outcome.json["picture"] == str(sheet) and cv2.imread(str(sheet)).shape[1] == 520
    fails("doubtful", output, "-o", sheet, words=[sheet, "exists already", "--force"])
    fails("doubtful", output, "-o", tmp_path / "x.jpg", words=["x.jpg", ".png"], code=2)
    assert cartoonize("doubtful", output, "-o", sheet, "--force").code == 0


def test_the_list_needs_no_video(cartoonize, colored, tmp_path):
    studio, _ = colored
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(studio.out / "e1.confidence.json", folder)
    outcome = cartoonize("doubtful", folder / "e1.confidence.json", "--json", "-w", studio.root)
    assert outcome.code == 0 and "no pictures of e1" in outcome.err and "picture" not in outcome.json
    outcome = cartoonize("doubtful", folder / "e1.confidence.json", "--json", "-w", folder)
    assert outcome.code == 0 and set(tree(folder)) == {"e1.confidence.json"}  # it is not a workspace


def test_without_anything_coloured(fails, studio, tmp_path):
    fails("doubtful", "-w", studio.root, words=["contains no video coloured with tracks"], code=2)
    fails("doubtful", tmp_path / "x.mkv", words=["x.confidence.json does not exist"])


def test_the_confidence_as_a_video(cartoonize, studio, films, tmp_path):
    output = tmp_path / "x.mkv"
    outcome = cartoonize(
        "colorize",
        "-w",
        studio.root,
        "--refine",
        "tracks",
        "--confidence-video",
        "-o",
        output,
        "--codec",
        "ffv1",
    )
    assert outcome.code == 0, outcome.err
    with open_source(tmp_path / "x.confidence.mkv") as shown, open_source(films / "e1.mkv") as source:
        frames = list(shown.frames(rgb=True))
        assert len(frames) == N_FRAMES
        assert all(np.array_equal(a.luma, b.luma) for a, b in zip(frames, source.frames(), strict=True))


def test_low_confidence_is_red():
    grey = np.full((64, 64), 120, np.uint8)
    confidence = np.ones((256, 256), np.float32)
    confidence[:, 128:] = 0
    planes = PlaneFormat(64, 64, 64, 64, 8, True, "bt601")
    cb, cr = confidence_planes(Frame(0, 0, grey, grey, confidence=confidence), planes)
    assert (cb[:, :30] == 128).all() and (cr[:, :30] == 128).all()
    assert cr[:, 34:].min() > 170 and cb[:, 34:].max() < 120


def test_a_confidence_video_replaces_nothing_and_needs_tracks(fails, studio, tmp_path):
    (tmp_path / "x.confidence.mkv").write_text("mine")
    base = ("colorize", "-w", studio.root, "--confidence-video", "-o", tmp_path / "x.mkv")
    fails(*base, "--refine", "tracks", words=["x.confidence.mkv exists already", "--force"])
    words = ["--confidence-video requires --refine tracks", "Add --refine tracks"]
    fails(*base, "--refine", "none", words=words, code=2)
    assert (tmp_path / "x.confidence.mkv").read_text() == "mine"


def test_suggested_frames_can_be_painted_and_used_as_references(cartoonize, studio, films, tmp_path):
    outcome = cartoonize("references", "suggest", "e1", "-n", 2, "-w", studio.root, "--json")
    assert outcome.code == 0, outcome.err
    assert "has not been coloured yet" in outcome.err
    found = outcome.json["references"]
    assert [f["shot"] for f in found] in ([0, 1], [1, 0])
    assert found[0]["mends"] >= found[1]["mends"] > 0 and sum(f["covers"] for f in found) <= 1.0001
    assert "likely wrong" in outcome.err and "Together they show" in outcome.err
    assert f"colorize {films / 'e1.mkv'} --reference {studio.root / 'references' / 'e1'} -w" in outcome.err
    colors, greys = list(pictures(1)), list(open_source(films / "e1.mkv").frames())
    for suggestion in found:
        path = studio.root / "references" / "e1" / f"e1-{suggestion['frame']:06d}.png"
        assert suggestion["path"] == str(path)
        grey = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert (
            grey.shape == (64, 96, 4) and (grey[..., 0] == grey[..., 2]).all() and (grey[..., 3] == 255).all()
        )
        assert (grey[..., 0] == greys[suggestion["frame"]].grey).all()
        cv2.imwrite(str(path), colors[suggestion["frame"]][..., ::-1])
    outcome = cartoonize(
        "colorize", "-w", studio.root, "--reference", studio.root / "references" / "e1",
        "-o", tmp_path / "x.mkv", "--json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert outcome.json["outputs"][0]["refine"] == "tracks"
    shots = cartoonize("doubtful", tmp_path / "x.mkv", "--json").json["shots"]
    assert all(shot["confidence"] > 0.8 for shot in shots)


def test_a_coloured_film_is_not_coloured_again_for_suggestions(cartoonize, colored, monkeypatch, films):
    studio, _ = colored
    no_network(monkeypatch)
    stored = read_confidence(studio.out / "e1.mkv").suggestions
    for episode in ("e1", films / "e1.mkv"):
        outcome = cartoonize("references", "suggest", episode, "-n", 2, "-w", studio.root, "--json")
        assert outcome.code == 0, outcome.err
        assert [f["frame"] for f in outcome.json["references"]] == [s.frame for s in stored[:2]]


def test_a_result_that_is_kept_is_the_latest_one(cartoonize, colored):
    studio, output = colored
    command, other = ("colorize", "-w", studio.root, "--json"), studio.root / "other.mkv"
    film = read_confidence(output).fingerprint
    assert cartoonize(*command, "-o", other).code == 0
    assert latest_confidence(studio, film).output == other.name
    assert cartoonize(*command).json["outputs"][0]["as_before"]
    assert latest_confidence(studio, film).output == output.name


def test_a_film_that_was_coloured_elsewhere_is_known(cartoonize, studio, tmp_path, monkeypatch):
    output = tmp_path / "elsewhere" / "x.mkv"
    assert cartoonize("colorize", "-w", studio.root, "--refine", "tracks", "-o", output).code == 0
    no_network(monkeypatch)
    assert cartoonize("references", "suggest", "e1", "-w", studio.root).code == 0


def test_what_suggestions_colour_is_not_coloured_again(cartoonize, studio, films, monkeypatch):
    suggest = ("references", "suggest", films / "e1.mkv", "-w", studio.root)
    assert cartoonize(*suggest).code == 0
    assert not studio.out.exists()
    no_network(monkeypatch)
    shutil.rmtree(studio.root / "references")
    outcome = cartoonize(*suggest)
    assert outcome.code == 0 and "has not been coloured yet" not in outcome.out
    outcome = cartoonize("colorize", "-w", studio.root, "--refine", "tracks", "--json")
    assert outcome.json["outputs"][0]["n_kept_shots"] == 2


def test_other_methods_or_another_film_are_coloured_for_suggestions(cartoonize, colored, films):
    studio, _ = colored
    base = ("references", "suggest", "-w", studio.root, "-n", 1)
    methods = ("--variant", "plain-l2", "--variant", "grey")
    outcome = cartoonize(*base, "e1", *methods)
    assert outcome.code == 0 and "e1.mkv has not been coloured by these methods yet" in outcome.out
    assert "has not been coloured" not in cartoonize(*base, "e1", *methods).out
    assert "has not been coloured yet" in cartoonize(*base, films / "e2.mkv").out


def test_a_part_of_a_film_gives_no_suggestions(cartoonize, studio):
    part = ("colorize", "-w", studio.root, "--refine", "tracks", "--preview", 5)
    assert cartoonize(*part).code == 0
    assert read_confidence(studio.out / "e1.mkv").is_part
    assert "has not been coloured yet" in cartoonize("references", "suggest", "e1", "-w", studio.root).out


def test_pictures_that_exist_are_never_written_again(cartoonize, colored):
    studio, _ = colored
    folder = studio.root / "references" / "e1"
    base = ("references", "suggest", "e1", "-w", studio.root, "--json", "-n")
    (first,) = cartoonize(*base, 1).json["references"]
    assert first["is_new"] and not first["is_painted"]
    picture = folder / f"e1-{first['frame']:06d}.png"
    cv2.imwrite(str(picture), np.full((64, 96, 3), (0, 0, 200), np.uint8))
    before = picture.read_bytes()
    outcome = cartoonize(*base, 2)
    again, second = outcome.json["references"]
    assert {**again, "is_new": True, "is_painted": False} == first
    assert again["is_painted"] and not again["is_new"] and second["is_new"]
    assert f"{picture} is there already, painted" in outcome.err
    assert picture.read_bytes() == before
    assert [p.frame for p in read_suggestions(folder).pictures] == [first["frame"], second["frame"]]
    # Without the list, or if the picture is the user's own, nothing is written over it either.
    listed = read_suggestions(folder).pictures
    text = (folder / "suggestions.json").read_text()
    (folder / "suggestions.json").write_text(text.replace(f'"frame": {first["frame"]}', '"frame": 1'))
    assert cartoonize(*base, 2).code == 0
    assert picture.read_bytes() == before and len(listed) == 2


def test_pictures_of_the_user_and_of_an_earlier_copy_of_the_film_stay(colored, films, tmp_path):
    studio, output = colored
    folder = studio.root / "references" / "e1"
    folder.mkdir(parents=True)
    (folder / "mine.png").write_bytes(b"work")
    first = suggest_references(studio, films / "e1.mkv", 2)
    assert all(r.is_new for r in first) and (folder / "mine.png").read_bytes() == b"work"
    # The film is exported again: its content is another, and the same frames are suggested.
    again = tmp_path / "again" / "e1.mkv"
    again.parent.mkdir()
    shutil.copy(films / "e1.mkv", again)
    with again.open("ab") as file:
        file.write(bytes(64))
    confidence = read_confidence(output)
    write_confidence(studio.out / "f.confidence.json", replace(confidence, fingerprint=fingerprint(again)))
    before = tree(folder)
    second = suggest_references(studio, again, 2)
    assert [r.frame for r in second] == [r.frame for r in first] and not any(r.is_new for r in second)
    assert tree(folder) == before


def test_existing_suggestions_can_be_kept(colored, films, tmp_path, monkeypatch):
    studio, _ = colored
    path = films / "e1.mkv"
    first = suggest_references(studio, path, 1, keep_existing=True)
    before = tree(studio.root / "references")
    started = time.process_time()
    kept = suggest_references(studio, path, 8, keep_existing=True)
    assert time.process_time() - started < 1
    assert [(r.frame, r.is_new) for r in kept] == [(first[0].frame, False)]
    assert tree(studio.root / "references") == before
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "painted.png").write_text("work")
    assert suggest_references(studio, path, 8, output=mine, keep_existing=True) == []
    assert set(tree(mine)) == {"painted.png"}


def test_suggestions_give_networks_their_input(cartoonize, studio, monkeypatch):
    """A network trained on CIE L of the coloured picture gets that as input, as in colorize."""
    shutil.rmtree(studio.runs)
    small = ("--width", "0.125", "--batch-size", "4", "--accumulate", "1", "--epochs", "1")
    done = cartoonize("train", "-w", studio.root, "--variant", "plain-l2", *small, "--luminance", "cielab")
    assert done.code == 0, done.err
    seen = []
    histograms = predict._histograms

    def watched(frames, *arguments):
        seen.extend(frame.rgb is not None for frame in frames)
        return histograms(frames, *arguments)

    monkeypatch.setattr(predict, "_histograms", watched)
    assert cartoonize("references", "suggest", "e1", "-n", 1, "-w", studio.root).code == 0
    assert seen and all(seen)


def test_suggest_with_wrong_arguments(fails, studio, tmp_path):
    base = ("references", "suggest", "-w", studio.root)
    fails(*base, "nowhere", words=["unknown file or episode 'nowhere'", "e1"], code=2)
    fails(*base, "e1", "-n", 0, words=["n must be at least 1, got 0"], code=2)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "painted.png").write_text("work")
    fails(*base, "e1", "-o", tmp_path / "mine", words=["mine exists already, and has other files", "-o"])
