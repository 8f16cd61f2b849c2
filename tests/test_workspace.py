"""The manifest and its validation, fingerprints, names and the lock."""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from cartoonize.errors import UnknownNameError, WorkspaceError
from cartoonize.workspace import (
    Credits,
    EpisodeRecord,
    Manifest,
    Workspace,
    episode_name,
    fingerprint,
    fingerprint_of,
    picture_name,
)

EPISODE = EpisodeRecord(
    name="e1",
    source="/films/e1.mkv",
    sha256="0" * 64,
    height=480,
    width=640,
    frame_rate="24000/1001",
    time_base="1/1000",
    n_decoded=100,
    threshold=20.0,
    size=256,
    frames=((0, 0), (7, 291), (50, 2085)),
    credits=Credits(
        detected=((0, 20),), marked=((40, 60),), unmarked=((10, 12),), confidence=(0.9, 0.1, 0.2)
    ),
)
MANIFEST = Manifest({"e1": EPISODE}, {"train": ["e1"], "validation": [], "test": []})


@pytest.fixture
def space(tmp_path):
    """Create a workspace with `MANIFEST`."""
    workspace = Workspace(tmp_path / "w")
    with workspace.locked(new=True):
        workspace.save(MANIFEST)
    return workspace


def test_a_manifest_is_restored_exactly(space):
    assert space.load() == MANIFEST
    with space.locked(new=True):
        space.save(space.load().with_episodes(replace(EPISODE, name="e2", frames=())))
    assert space.load().with_episodes(EPISODE).episodes == {"e1": EPISODE, "e2": space.load().episodes["e2"]}
    assert [p.name for p in space.root.iterdir() if p.name != ".lock"] == ["manifest.json"]
    assert space.set_of(MANIFEST, "train") == [EPISODE] and space.set_of(MANIFEST, "test") == []


def test_a_new_workspace_is_empty(tmp_path):
    assert Workspace(tmp_path / "not there").load() == Manifest()
    assert not (tmp_path / "not there").exists()


def test_the_manifest_has_a_format_and_a_version(space):
    data = json.loads(space.manifest_path.read_text())
    assert (data["format"], data["version"]) == ("cartoonize-workspace", 2)


def test_the_error_of_an_unknown_episode_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="'e9'.*Known: e1"):
        MANIFEST.episode("e9")


def test_manual_marks_take_precedence():
    covered = [index for index in range(100) if EPISODE.credits.covers(index)]
    assert covered == [*range(10), *range(12, 20), *range(40, 60)]
    assert EPISODE.pictures == [] and replace(EPISODE, credits=Credits()).pictures[1] == (7, "000007.png")
    assert picture_name(1234567) == "1234567.png"


def changed(path, *keys, to):
    """Set a nested value of the manifest."""
    data = json.loads(path.read_text())
    place = data
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    path.write_text(json.dumps(data))


def complaint(workspace):
    """Load the manifest and return the message of the error, which names the file and has a hint."""
    with pytest.raises(WorkspaceError) as caught:
        workspace.load()
    assert str(workspace.manifest_path) in caught.value.message and caught.value.hint
    return str(caught.value)


E1 = ("episodes", "e1")


@pytest.mark.fault(17)
@pytest.mark.parametrize(
    "keys, value",
    [
        (["format"], "another"),
        (["version"], 0),
        (["version"], "1"),
        (["version"], None),
        (["episodes"], []),
        (["episodes"], None),
        (["episodes", "../../etc"], {**asdict(EPISODE), "name": "../../etc"}),
        (["episodes", "a/b"], {**asdict(EPISODE), "name": "a/b"}),
        (["episodes", ".hidden"], {**asdict(EPISODE), "name": ".hidden"}),
        (["episodes", ""], {**asdict(EPISODE), "name": ""}),
        (["episodes", "a\nb"], {**asdict(EPISODE), "name": "a\nb"}),
        (["episodes", "e2"], asdict(EPISODE)),
        (E1, None),
        (E1, "text"),
        ([*E1, "unknown"], 1),
        ([*E1, "source"], 5),
        ([*E1, "source"], None),
        ([*E1, "height"], "480"),
        ([*E1, "n_decoded"], "many"),
        ([*E1, "threshold"], [20]),
        ([*E1, "frame_rate"], "fast"),
        ([*E1, "frame_rate"], "1/0"),
        ([*E1, "time_base"], 7),
        ([*E1, "frames"], 5),
        ([*E1, "frames"], [[0]]),
        ([*E1, "frames"], [[-1, 0]]),
        ([*E1, "frames"], [["0", "0"]]),
        ([*E1, "frames"], [[float("inf"), 0]]),
        ([*E1, "frames"], [["../../x", 0]]),
        ([*E1, "credits"], []),
        ([*E1, "credits", "marked"], [[0.5, 1]]),
        ([*E1, "credits", "confidence"], ["high"]),
        (["split"], ["e1"]),
        (["split", "train"], 5),
        (["split", "train"], ["e9"]),
        (["split", "holdout"], ["e1"]),
        (["split", "test"], ["e1"]),
    ],
)
def test_hostile_entries_are_refused(space, keys, value):
    changed(space.manifest_path, *keys, to=value)
    assert "damaged" in complaint(space)


@pytest.mark.fault(17)
@pytest.mark.parametrize(
    "name", ["manifest.json", "frames", "frames/e1", "runs/plain", "out", "pins.json", "cache"]
)
def test_links_out_of_the_workspace_are_refused(space, tmp_path, name):
    """Files behind the links would be overwritten."""
    place, elsewhere = space.root / name, tmp_path / "elsewhere"
    if place.exists():
        place.rename(elsewhere)
    else:
        elsewhere.mkdir()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(elsewhere)
    with pytest.raises(WorkspaceError, match="leads out of the workspace"):
        space.load()
    place.unlink()
    (space.root / "here").mkdir()
    (space.root / "link").symlink_to(space.root / "here")
    if name != "manifest.json":
        space.load()  # a link within the workspace is allowed


@pytest.mark.parametrize("key", ["episodes", "split", "version", "format"])
def test_missing_entries_are_an_error(space, key):
    data = json.loads(space.manifest_path.read_text())
    del data[key]
    space.manifest_path.write_text(json.dumps(data))
    assert "damaged" in complaint(space)


@pytest.mark.parametrize("field", list(asdict(EPISODE)))
def test_missing_fields_of_an_episode_are_an_error(space, field):
    data = json.loads(space.manifest_path.read_text())
    del data["episodes"]["e1"][field]
    space.manifest_path.write_text(json.dumps(data))
    assert "damaged" in complaint(space)


@pytest.mark.fault(20)
def test_files_that_are_not_manifests_are_refused(space):
    whole = space.manifest_path.read_bytes()
    for data in (b"", whole[:-20], b"null", b"[" * 100_000, b"\xff\xfe\x00", b'{"n": ' + b"9" * 5000 + b"}"):
        space.manifest_path.write_bytes(data)
        complaint(space)
    space.manifest_path.unlink()
    space.manifest_path.mkdir()
    assert "cannot be read" in complaint(space)


@pytest.mark.fault(20)
def test_a_newer_version_is_refused(space):
    changed(space.manifest_path, "version", to=3)
    message = complaint(space)
    assert "newer" in message and "version 3" in message and "Update cartoonize" in message


def test_the_first_version_is_read(space):
    """Version 1 has no damage."""
    known = space.load()
    data = json.loads(space.manifest_path.read_text())
    for episode in data["episodes"].values():
        del episode["damage"]
    space.manifest_path.write_text(json.dumps({**data, "version": 1}))
    assert space.load() == known


def test_fingerprints(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"abc")
    assert fingerprint(one) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    for folder in (one.with_name("f"), two.with_name("g")):
        folder.mkdir()
        (folder / "a.png").write_bytes(b"a")
    assert fingerprint(tmp_path / "f") == fingerprint(tmp_path / "g")
    (tmp_path / "g" / "a.png").rename(tmp_path / "g" / "b.png")
    assert fingerprint(tmp_path / "f") != fingerprint(tmp_path / "g")
    assert (
        fingerprint_of({"a": 1, "b": [2]}) == fingerprint_of({"b": (2,), "a": 1}) != fingerprint_of({"a": 1})
    )


def test_names_come_from_the_file_and_are_unique_by_the_folder(tmp_path):
    taken = {}

    def name(path):
        found = episode_name(path, taken)
        taken[found] = replace(EPISODE, name=found, source=str(path.resolve()))
        return found

    assert name(tmp_path / "a" / "e.mkv") == "e"
    assert name(tmp_path / "b" / "e.mkv") == "b-e"
    assert name(tmp_path / "b" / "e.mp4") == "b-e-2"
    assert name(tmp_path / "c" / "b" / "e.mp4") == "b-e-3"
    assert name(tmp_path / "b" / "e.mkv") == "b-e"
    assert name(tmp_path / "a" / "e.mkv") == "e"


@pytest.mark.parametrize(
    "file",
    [
        "../e.mkv",
        "..",
        "....mkv",
        ".mkv",
        "+x.mkv",
        "-x.mkv",
        " x .mkv",
        "a\nb.mkv",
        "é" * 126 + ".mkv",
        "漢字.mkv",
    ],
)
def test_every_name_that_is_given_can_be_read_back(tmp_path, file):
    workspace = Workspace(tmp_path)
    name = episode_name(tmp_path / "films" / file, {})
    with workspace.locked(new=True):
        workspace.save(Manifest().with_episodes(replace(EPISODE, name=name)))
    assert list(workspace.load().episodes) == [name]
    assert workspace.frames(name).parent == tmp_path / "frames" and len(name.encode()) <= 200


@pytest.mark.fault(23)
def test_the_lock_excludes_others_and_ends_with_its_process(tmp_path):
    workspace = Workspace(tmp_path)
    code = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from cartoonize.workspace import Workspace
with Workspace(Path({str(tmp_path)!r})).locked(new=True):
    print("held", flush=True)
    sys.stdin.readline()
    os._exit(9)
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceError, match="another cartoonize"), workspace.locked(new=True):
            pass
        other.communicate("\n", timeout=30)
    with workspace.locked(new=True), pytest.raises(WorkspaceError), workspace.locked():
        pass


def test_finished_runs_are_found_by_name(tmp_path):
    workspace = Workspace(tmp_path)
    assert workspace.trained() == []
    for run in ("plain", "lookup"):
        workspace.checkpoint(run).parent.mkdir(parents=True)
        workspace.checkpoint(run).touch()
    (workspace.runs / "residual").mkdir()
    assert [p.parent.name for p in workspace.trained()] == ["lookup", "plain"]
