"""cartoonize colorize."""

import json
import pickle
import shutil

import cv2
import numpy as np
import pytest
from safetensors.numpy import save_file

from cartoonize.video import list_streams, open_source
from tests.support.files import tree
from tests.support.films import BAD_SOURCES, N_FRAMES, film, pictures

KEYS = {"source", "output", "n_frames", "n_unique", "n_shots", "seconds", "members", "refine"}
FLOOR = ("--variant", "grey")


@pytest.fixture
def stills(tmp_path):
    """A folder of five pictures."""
    folder = tmp_path / "stills"
    folder.mkdir()
    for number, picture in enumerate(pictures(1, n_frames=5)):
        cv2.imwrite(str(folder / f"{number:02d}.png"), picture[..., ::-1])
    return folder


def n_frames(path):
    with open_source(path) as source:
        return sum(1 for _ in source.frames())


def test_the_test_episode_by_the_best_trained_variant(cartoonize, studio, films):
    before = tree(studio.root)
    outcome = cartoonize("colorize", "-w", studio.root, "--json")
    assert outcome.code == 0, outcome.err
    (result,) = outcome.json["outputs"]
    output = studio.out / "e1.mkv"
    assert set(result) >= KEYS
    assert (result["source"], result["output"]) == (str(films / "e1.mkv"), str(output))
    assert (result["n_frames"], result["n_unique"], result["n_shots"]) == (N_FRAMES, 12, 2)
    assert (result["members"], result["refine"]) == (["plain-l2"], "tracks")
    new = set(tree(studio.root)) - set(before)
    made = {path for path in new if not path.startswith("cache/")}
    assert made == {"out/e1.mkv", "out/e1.confidence.json"}
    assert [(s.type, s.codec) for s in list_streams(output)][1:] == [
        (s.type, s.codec) for s in list_streams(films / "e1.mkv")
    ][1:]
    assert n_frames(output) == N_FRAMES
    assert "Colouring with plain-l2.\n" in outcome.err
    assert "written as MKV, because MP4 cannot hold subtitle subrip" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "refine"),
    [
        ([], "tracks"),
        (["--ensemble"], "tracks"),
        (["--variant", "plain-l2", "--variant", "lookup"], "tracks"),
        (["--variant", "lookup"], "none"),
        (["--variant", "grey"], "none"),
        (["--refine", "none"], "none"),
    ],
)
def test_networks_use_tracks_unless_told_otherwise(cartoonize, studio, films, arguments, refine):
    outcome = cartoonize(
        "colorize", films / "grey.mkv", "-w", studio.root, "--preview", "3", "--json", *arguments
    )
    assert outcome.json["outputs"][0]["refine"] == refine, outcome.err
    assert "no effect with tracks" not in outcome.err


def test_options_without_an_effect_on_tracks_are_named(cartoonize, studio, films):
    call = ("colorize", films / "grey.mkv", "-w", studio.root, "--preview", "3", "--decode", "mode")
    assert "--decode: no effect with tracks. Use --refine none" in cartoonize(*call).err
    assert "no effect" not in cartoonize(*call, "--refine", "none", "--force").err


def test_mp4_where_it_holds_everything(cartoonize, studio, tmp_path):
    source = film(tmp_path / "plain.mkv", 1, subtitles=[(0.2, 0.9, "<i>Hello</i>")])
    outcome = cartoonize("colorize", source, "-w", studio.root, "--json")
    (result,) = outcome.json["outputs"]
    assert result["output"] == str(studio.out / "plain.mp4")
    assert (result["sidecars"], result["warnings"]) == ([], []) and "MP4" not in outcome.err
    streams = list_streams(studio.out / "plain.mp4")
    assert [(s.type, s.codec) for s in streams[1:]] == [("audio", "aac"), ("subtitle", "mov_text")]


def test_the_result_is_coloured_and_keeps_the_luma(cartoonize, studio, films, tmp_path):
    output = tmp_path / "c.mkv"
    cartoonize("colorize", films / "grey.mkv", "-w", studio.root, "-o", output, "--codec", "ffv1")
    with open_source(films / "grey.mkv") as source, open_source(output) as result:
        for before, after in zip(source.frames(rgb=True), result.frames(rgb=True), strict=True):
            assert np.array_equal(before.luma, after.luma)
            spread = np.ptp(after.rgb.astype(int), axis=2).max()
            assert np.ptp(before.rgb.astype(int), axis=2).max() < 6 < spread


def test_tracks_of_any_members(cartoonize, studio, films, tmp_path):
    """With members that predict colours and members that predict histograms: luma and frames are kept."""
    output = tmp_path / "tracks.mkv"
    outcome = cartoonize(
        "colorize", films / "grey.mkv", "-w", studio.root, "--ensemble", "--variant", "lookup",
        "--refine", "tracks", "-o", output, "--codec", "ffv1", "--json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert outcome.json["outputs"][0]["refine"] == "tracks"
    with open_source(films / "grey.mkv") as source, open_source(output) as result:
        for before, after in zip(source.frames(), result.frames(rgb=True), strict=True):
            assert np.array_equal(before.luma, after.luma) and before.pts == after.pts
            assert np.ptp(after.rgb.astype(int), axis=2).max() > 6


def test_an_ensemble_leaves_the_floors_out(cartoonize, studio, films):
    outcome = cartoonize(
        "colorize", films / "grey.mkv", "-w", studio.root, "--ensemble", "--variant", "lookup", "--json"
    )
    assert outcome.json["outputs"][0]["members"] == ["lookup", "plain-l2"]


def test_a_checkpoint_by_its_file(cartoonize, trained, films, tmp_path):
    shutil.copy(trained.checkpoint("plain-l2"), tmp_path / "mine.safetensors")
    outcome = cartoonize(
        "colorize",
        films / "grey.mkv",
        "-w",
        tmp_path,
        "--checkpoint",
        tmp_path / "mine.safetensors",
        "--json",
    )
    assert outcome.json["outputs"][0]["members"] == ["plain-l2"]


def test_part_of_a_film(cartoonize, films, tmp_path):
    def count(*arguments):
        outcome = cartoonize(
            "colorize", films / "e1.mkv", *FLOOR, "-w", tmp_path, "--force", "--json", *arguments
        )
        (result,) = outcome.json["outputs"]
        assert n_frames(result["output"]) == result["n_frames"]
        return result["n_frames"]

    assert count("--preview", "5") == 5
    assert count("--start", "0.5", "--end", "1.5") == 12
    assert count("--start", "1", "--preview", "4") == 4


def test_pictures_and_folders_of_stills(cartoonize, studio, stills, films):
    picture = stills / "03.png"
    outcome = cartoonize("colorize", stills, picture, "-w", studio.root, "--json")
    folder, single = outcome.json["outputs"]
    assert (folder["n_frames"], single["n_frames"]) == (5, 1)
    assert sorted(p.name for p in (studio.out / "stills").iterdir()) == sorted(
        p.name for p in stills.iterdir()
    )
    assert single["output"] == str(studio.out / "03.png")
    outcome = cartoonize("colorize", films / "e1.mkv", "--codec", "png", "--preview", "3", "-w", studio.root)
    assert sorted(p.name for p in (studio.out / "e1").iterdir()) == ["000001.png", "000002.png", "000003.png"]


def test_names_for_a_file_and_for_a_folder(cartoonize, films, tmp_path, stills):
    def outputs(*arguments):
        outcome = cartoonize("colorize", *FLOOR, "-w", tmp_path / "w", "--json", *arguments)
        assert outcome.code == 0, outcome.err
        return [result["output"] for result in outcome.json["outputs"]]

    one, two, there = films / "e1.mkv", films / "e2.mkv", tmp_path / "there"
    assert outputs(one, "-o", tmp_path / "named.mp4") == [str(tmp_path / "named.mp4")]
    assert outputs(one, "-o", there) == [str(there / "e1.mkv")]
    assert outputs(two, "-o", there) == [str(there / "e2.mkv")]
    assert outputs(one, two, "-o", tmp_path / "both") == [
        str(tmp_path / "both" / f"e{n}.mkv") for n in (1, 2)
    ]
    dotted = tmp_path / "with.dots"
    dotted.mkdir()
    assert outputs(one, "-o", dotted) == [str(dotted / "e1.mkv")]
    assert outputs(stills, "-o", tmp_path / "coloured") == [str(tmp_path / "coloured")]
    assert outputs(stills, "-o", tmp_path / "coloured", "--force") == [str(tmp_path / "coloured")]
    assert len(list((tmp_path / "coloured").iterdir())) == 5


def test_sources_of_one_name_do_not_replace_each_other(cartoonize, films, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(films / "e1.mkv", tmp_path / folder / "e.mkv")
    shutil.copy(films / "e2.mkv", tmp_path / "b" / "e.mp4")
    sources = [tmp_path / name for name in ("a/e.mkv", "b/e.mkv", "b/e.mp4")]
    outcome = cartoonize("colorize", *sources, *FLOOR, "-w", tmp_path / "w", "--json")
    written = [result["output"] for result in outcome.json["outputs"]]
    assert written == [str(tmp_path / "w" / "out" / name) for name in ("e.mkv", "b-e.mkv", "b-e-2.mkv")]


@pytest.mark.fault(7)
@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_sources(fails, bad, tmp_path, name):
    line = fails("colorize", bad / name, *FLOOR, "-q", "-w", tmp_path, words=[bad / name, BAD_SOURCES[name]])
    assert tree(tmp_path) == {}
    if name == "cut.mp4":
        assert "--allow-damaged" in line


@pytest.mark.fault(5)
def test_allow_damaged_uses_what_can_be_decoded(cartoonize, bad, tmp_path):
    outcome = cartoonize("colorize", bad / "cut.mp4", *FLOOR, "-w", tmp_path, "--allow-damaged", "--json")
    (result,) = outcome.json["outputs"]
    assert 10 < result["n_frames"] < 60 and n_frames(result["output"]) == result["n_frames"]
    line = f"cut.mp4 is incomplete: {result['n_frames']} of about 60 frames can be decoded"
    assert line in result["warnings"] and line in outcome.err.splitlines()


def test_an_output_that_exists_is_kept_unless_forced(cartoonize, fails, films, tmp_path):
    mine = tmp_path / "mine.mkv"
    mine.write_text("precious")
    for source in ([films / "e1.mkv"], [films / "e2.mkv"]):
        fails("colorize", *source, *FLOOR, "-o", mine, "-w", tmp_path, words=[mine, "exists", "--force"])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "e2.mkv").write_text("precious")
    both = (films / "e1.mkv", films / "e2.mkv")
    fails("colorize", *both, *FLOOR, "-w", tmp_path, words=["e2.mkv", "exists", "--force"])
    assert set(tree(tmp_path)) == {"mine.mkv", "out/e2.mkv"} and mine.read_text() == "precious"
    assert cartoonize("colorize", films / "e1.mkv", *FLOOR, "-o", mine, "-w", tmp_path, "--force").code == 0
    assert n_frames(mine) == N_FRAMES


def test_the_input_is_never_replaced(fails, films, stills, tmp_path):
    video = shutil.copy(films / "e1.mkv", tmp_path / "e.mkv")
    (tmp_path / "link.mkv").symlink_to(video)
    picture = stills / "00.png"
    for source, output in (
        (video, video),
        (video, tmp_path / "stills" / ".." / "e.mkv"),
        (video, tmp_path / "link.mkv"),
        (tmp_path / "link.mkv", video),
        (picture, picture),
        (stills, stills),
    ):
        words = [output, "the input itself"]
        fails("colorize", source, *FLOOR, "-o", output, "-w", tmp_path, "--force", words=words)
    other = film(tmp_path / "stills" / "e.mkv", 2)
    before = tree(tmp_path)
    fails(
        "colorize",
        video,
        other,
        *FLOOR,
        "-o",
        tmp_path,
        "-w",
        tmp_path,
        "--force",
        words=["the input itself"],
    )
    assert tree(tmp_path) == before


def test_an_unwritable_output(fails, films, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for output in (tmp_path / "file" / "x.mkv", tmp_path / "file" / "below" / "x.mkv"):
        fails("colorize", films / "e1.mkv", *FLOOR, "-o", output, "-w", tmp_path, words=["cannot be written"])
    fails("colorize", films / "e1.mkv", *FLOOR, "-o", tmp_path / "file", words=["cannot be written"])
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "out").write_text("in the way")
    fails("colorize", films / "e1.mkv", *FLOOR, "-w", tmp_path / "w", words=["cannot be written"])
    assert set(tree(tmp_path)) == {"file", "w/out"}


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--variant", "plane"], ["'plane'", "plain-norebalance", "lookup", "grey"]),
        ([*FLOOR, "--codec", "divx"], ["'divx'", "h264", "ffv1", "png"]),
        ([*FLOOR, "--pix-fmt", "rgb24"], ["'rgb24'", "yuv420p"]),
        ([*FLOOR, "--crf", "99"], ["99", "51"]),
        ([*FLOOR, "-o", "x.avi"], [".avi", ".mp4", ".mkv"]),
        ([*FLOOR, "--start", "-1"], ["-1"]),
        ([*FLOOR, "--start", "nan"], ["nan"]),
        ([*FLOOR, "--start", "2", "--end", "1"], ["2 s to 1 s"]),
        ([*FLOOR, "--end", "inf"], ["inf"]),
        ([*FLOOR, "--preview", "0"], ["preview", "0"]),
        ([*FLOOR, "--preview", "2", "--end", "1"], ["--preview", "--end"]),
        ([*FLOOR, "--combine", "probability"], ["probability", "grey", "mean"]),
        ([*FLOOR, "--seed", "-1"], ["seed must be 0 to", "got -1"]),
        ([*FLOOR, "--threshold", "-0.1"], ["threshold must be", "got -0.1", "3/51"]),
        ([*FLOOR, "--threshold", "1.5"], ["threshold must be", "got 1.5", "3/51"]),
        ([*FLOOR, "--threshold", "nan"], ["threshold must be", "got nan"]),
        (
            [*FLOOR, "--refine", "tracks", "--confidence-video", "--scheduler", "local[2]"],
            ["--confidence-video", "Remove --scheduler"],
        ),
    ],
)
def test_wrong_usage(fails, films, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    fails("colorize", films / "e1.mkv", *arguments, words=words, code=2)
    assert tree(tmp_path) == {}


def test_unknown_choices_are_answered_with_the_known_ones(misused, films):
    for option in ("--refine", "--refine-order", "--decode", "--combine", "--fill"):
        misused(
            "colorize",
            films / "e1.mkv",
            option,
            "nope",
            words=["'nope'", "mean" if "combine" in option else ""],
        )


def test_one_file_for_several_sources(fails, films, tmp_path):
    sources = (films / "e1.mkv", films / "e2.mkv")
    output = tmp_path / "x.mkv"
    fails("colorize", *sources, *FLOOR, "-o", output, words=[output, "2 sources", "folder"], code=2)


def test_without_a_source_and_without_a_test_episode(fails, cartoonize, studio, tmp_path):
    words = ["no SOURCE", "no test episode", "cartoonize split --test"]
    fails("colorize", "-w", tmp_path, words=words, code=2)
    cartoonize("split", "--test", "none", "-w", studio.root)
    fails("colorize", "-w", studio.root, words=words, code=2)


def test_a_test_episode_whose_file_is_gone(fails, studio):
    data = json.loads(studio.manifest_path.read_text())
    data["episodes"]["e1"]["source"] = "/nowhere/e1.mkv"
    studio.manifest_path.write_text(json.dumps(data))
    fails("colorize", "-w", studio.root, words=["/nowhere/e1.mkv", "does not exist"])


def test_without_a_trained_variant(fails, cartoonize, films, workspace):
    for arguments in ([], ["--ensemble"]):
        fails(
            "colorize",
            films / "e1.mkv",
            *arguments,
            "-w",
            workspace.root,
            words=["no trained", "cartoonize train"],
        )
    cartoonize("train", "--variant", "lookup", "-w", workspace.root)
    fails("colorize", films / "e1.mkv", "-w", workspace.root, words=["no trained"])  # floors are not networks
    fails(
        "colorize",
        films / "e1.mkv",
        "--variant",
        "plain",
        "-w",
        workspace.root,
        words=["'plain'", "trained: lookup", "cartoonize train --variant plain"],
    )
    assert not workspace.out.exists()


@pytest.mark.fault(18)
def test_files_that_are_not_checkpoints(fails, trained, films, tmp_path):
    whole = trained.checkpoint("plain-l2").read_bytes()
    flipped = bytearray(whole)
    flipped[-1000] ^= 4
    save_file({"weight": np.zeros(3, np.float32)}, tmp_path / "foreign")
    save_file({"w": np.zeros(3, np.float32)}, tmp_path / "header", {"cartoonize": json.dumps(["a", "list"])})
    for name, data in {
        "flipped": bytes(flipped),
        "cut": whole[:-1000],
        "empty": b"",
        "text": b"not at all",
        "pickle": pickle.dumps({"weight": 1}),
        "newer": whole.replace(b'\\"version\\": 1', b'\\"version\\": 2'),
        "renamed": whole.replace(b'\\"variant\\": \\"plain-l2\\"', b'\\"variant\\": \\"plain-l7\\"'),
        "wider": whole.replace(b'\\"width\\": 0.125, \\"lum', b'\\"width\\": 0.250, \\"lum'),
    }.items():
        assert name in ("empty", "text", "pickle") or data != whole
        (tmp_path / name).write_bytes(data)
    expected = {
        "missing": "checkpoint not found",
        "flipped": "damaged",
        "cut": "not a checkpoint",
        "empty": "not a checkpoint",
        "text": "not a checkpoint",
        "pickle": "not a checkpoint",
        "foreign": "another program",
        "header": "another program",
        "newer": "newer cartoonize",
        "renamed": "plain-l7",
        "wider": "do not fit",
    }
    for name, words in expected.items():
        path = tmp_path / name
        fails("colorize", films / "e1.mkv", "--checkpoint", path, "-w", tmp_path, words=[path, words])
    assert not (tmp_path / "out").exists()


def test_a_damaged_run_is_named(fails, studio, films):
    path = studio.checkpoint("plain-l2")
    path.write_bytes(path.read_bytes()[:-5])
    for arguments in ([], ["--ensemble"], ["--variant", "plain-l2"]):
        fails("colorize", films / "e1.mkv", *arguments, "-w", studio.root, words=[path, "incomplete"])
    header = {"format": "cartoonize-checkpoint", "version": 1, "variant": "plain", "sha256": ""}
    save_file({}, path, {"cartoonize": json.dumps(header)})
    fails("colorize", films / "e1.mkv", "-w", studio.root, words=[path, "no valid variant"])


def test_it_begins_with_an_estimate_unless_quiet(cartoonize, films, tmp_path):
    loud = cartoonize("colorize", films / "e1.mkv", *FLOOR, "-w", tmp_path / "a")
    assert loud.out.startswith("e1.mkv: 24 frames; the output needs about 1 MB.\n")
    assert cartoonize("colorize", films / "e1.mkv", *FLOOR, "-w", tmp_path / "b", "-q").out == ""


def test_fill_and_threshold_change_the_result(cartoonize, studio, films, tmp_path):
    """Another fill or threshold gives another film, and the defaults are those of the thesis."""
    learned, floor = ["--variant", "plain-l2"], ["--variant", "lookup"]
    choices = {
        "default": learned,
        "kmeans": [*learned, "--fill", "kmeans", "--threshold", str(3 / 51)],
        "mean": [*learned, "--fill", "mean"],
        "mode": [*learned, "--fill", "mode"],
        "narrow": floor,
        "wide": [*floor, "--threshold", "1"],
    }
    written = {}
    for name, options in choices.items():
        output = tmp_path / f"{name}.mkv"
        outcome = cartoonize(
            "colorize", films / "e1.mkv", "--refine", "grow", *options,
            "--codec", "ffv1", "--preview", "2", "-o", output, "-w", studio.root,
        )  # fmt: skip
        assert outcome.code == 0, outcome.err
        with open_source(output) as film:
            written[name] = next(film.frames(rgb=True)).rgb.tobytes()
    same = {(a, b) for a in written for b in written if a < b and written[a] == written[b]}
    assert same == {("default", "kmeans")}
