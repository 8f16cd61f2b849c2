"""Full and small disks: the error is one line, no incomplete file stays, and the next call continues."""

import shutil
import subprocess
from contextlib import contextmanager

import numpy as np
import pytest

from cartoonize.atomic import remove
from cartoonize.methods.checkpoint import read_header
from cartoonize.video import write_film
from cartoonize.workspace import Workspace
from tests.support.files import tree
from tests.support.processes import TRAIN, contents, parts, shots

MEGABYTE, PAGE = 1 << 20, 4096


@contextmanager
def disk(folder, n_bytes):
    """Mount a disk of this size in memory; yield a function that changes its size."""
    folder.mkdir()

    def mount(n_bytes, *more):
        how = ["mount", "-t", "tmpfs", "-o", ",".join([*more, f"size={n_bytes}"]), "tmpfs", str(folder)]
        return subprocess.run(how, capture_output=True, text=True)

    mounted = mount(n_bytes)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield lambda n_bytes: mount(n_bytes, "remount").check_returncode()
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def fails_for_space(begin):
    """Call the program, which must end with one line that names a path and says that no space is left."""

    def call(*arguments, path):
        outcome = begin(*arguments).ended()
        lines = outcome.err.splitlines()
        assert outcome.code == 1 and outcome.out == "", outcome
        assert lines[-1].startswith(f"Error: {path}") and "no space left on the disk. Make room" in lines[-1]
        assert sum("no space" in line or "Error" in line for line in lines) == 1, outcome.err
        return lines

    return call


@pytest.fixture(scope="module")
def grainy(tmp_path_factory):
    """Write a film of four shots with grain, which does not compress well."""
    folder = tmp_path_factory.mktemp("grainy")
    grain = np.random.default_rng(0)
    pictures = (
        np.clip(picture.astype(int) + grain.integers(-12, 13, picture.shape), 0, 255).astype(np.uint8)
        for picture in shots(4, 12, height=192, width=256)
    )
    write_film(folder / "grainy.mkv", pictures, frame_rate=24)
    return folder / "grainy.mkv"


@pytest.mark.fault(3)
@pytest.mark.parametrize(
    "name, options",
    [
        ("x.mkv", ("--codec", "ffv1")),
        pytest.param("x.mp4", ("--crf", "0"), marks=pytest.mark.slow),
        pytest.param("pictures", ("--codec", "png"), marks=pytest.mark.slow),
    ],
)
def test_a_film_that_does_not_fit(
    name,
    options,
    fails_for_space,
    done,
    grainy,
    studio,
    tmp_path,
    record_property,
):
    output = tmp_path / "disk" / name
    how = ("--variant", "plain-l2", "--refine", "none", *options)
    call = ("colorize", grainy, *how, "-o", output, "-w", studio.root, "--json")
    with disk(output.parent, 200 * MEGABYTE) as resize:
        done(*call)
        wanted = contents(output.parent)
        n_pages = pages(output.parent)
        remove(output)
        for lacking in (n_pages // 2, 1):  # at last only the end does not fit
            resize((n_pages - lacking) * PAGE)
            fails_for_space(*call, path=output)
            assert list(output.parent.iterdir()) == []
        resize(200 * MEGABYTE)
        (film,) = done(*call).json["outputs"]
        assert 0 < film["n_kept_shots"] <= film["n_shots"] == 4
        assert contents(output.parent) == wanted and not parts(tmp_path)
    record_property("counts", f"{name}: 2 times full, {film['n_kept_shots']} of 4 shots not coloured again")


def pages(folder):
    """Return the number of pages that the files below a folder take on a disk in memory."""
    return sum(-(-len(content) // PAGE) for content in contents(folder).values())


@pytest.mark.fault(3)
def test_an_extraction_that_does_not_fit(fails_for_space, done, cartoons, tmp_path, record_property):
    with disk(tmp_path / "disk", 200 * MEGABYTE) as resize:
        root = tmp_path / "disk" / "w"
        call = ("extract", cartoons / "a.mkv", cartoons / "b.mkv", "--json", "-w", root)
        done(*call)
        wanted, n_pages = contents(root), pages(root)
        remove(root)
        for share in (0, 0.3, 0.6, 0.9, 1):
            resize(max(1, int(share * n_pages) - 1) * PAGE)
            fails_for_space(*call, path=root)
            reached = list(Workspace(root).load().episodes)
            assert reached == (["a"] if share > 0.5 else []) and not parts(root)
        resize(200 * MEGABYTE)
        assert [e["as_before"] for e in done(*call).json["episodes"]] == [True, False]
        assert contents(root) == wanted
    record_property("counts", "extract: 5 times full, 1 of 2 episodes not extracted again")


@pytest.mark.fault(3)
@pytest.mark.slow
def test_a_training_that_does_not_fit(fails_for_space, done, extracted, tmp_path, record_property):
    """The frames, the state or the weights do not fit."""
    with disk(tmp_path / "disk", 200 * MEGABYTE) as resize:
        root = tmp_path / "disk" / "w"
        state, model = (root / "runs" / "plain-l2" / f"{name}.safetensors" for name in ("state", "model"))
        call = (*TRAIN, "-w", root)
        shutil.copytree(extracted.root, root)
        least = pages(root)
        done(*call)
        weights, n_pages = read_header(model)["sha256"], pages(root) - least
        remove(root)
        shutil.copytree(extracted.root, root)
        n_resumed = 0
        for share in (0, 0.4, 0.8, 1):
            resize((least + max(1, int(share * n_pages)) - 1) * PAGE)
            resume = ["--resume"] if state.exists() else []
            n_resumed += len(resume)
            fails_for_space(*call, *resume, path=root)
            assert Workspace(root).load() == extracted.load() and not parts(root) and not model.exists()
        resize(200 * MEGABYTE)
        done(*call, "--resume")
        assert read_header(model)["sha256"] == weights
    record_property("counts", f"train: 4 times full, {n_resumed + 1} times resumed")


#: Other commands that write: their arguments, and the name of their output.
WRITERS = {
    "print": (("{a}", "-o", "{disk}/x.mkv"), "x.mkv"),
    "compare": (("{a}", "{b}", "-o", "{disk}/x.mp4"), "x.mp4"),
    "evaluate": (("{a}", "--reference", "{b}", "--html", "{disk}/x.html"), "x.html"),
    "rate": (("{a}", "--reference", "{b}", "-o", "{disk}/x.html"), "x.html"),
    "sample": (("{disk}/x",), "x"),
}


@pytest.mark.fault(3)
@pytest.mark.parametrize("command", WRITERS)
def test_outputs_of_other_commands_that_do_not_fit(command, fails_for_space, cartoons, tmp_path):
    arguments, name = WRITERS[command]
    films = {"a": cartoons / "a.mkv", "b": cartoons / "b.mkv"}
    with disk(tmp_path / "disk", PAGE):
        call = [argument.format(**films, disk=tmp_path / "disk") for argument in arguments]
        fails_for_space(command, *call, "-q", "-w", tmp_path / "w", path=tmp_path / "disk" / name)
        assert not pages(tmp_path / "disk")


@pytest.mark.fault(3)
def test_a_film_is_coloured_without_space_in_the_workspace(done, cartoons, trained, tmp_path):
    """The cache only saves time."""
    call = ("colorize", cartoons / "a.mkv", "--checkpoint", trained.checkpoint("plain-l2"), "-o")
    with disk(tmp_path / "disk", PAGE):
        outcome = done(*call, tmp_path / "x.mkv", "-w", tmp_path / "disk" / "w", "-q")
        (line,) = outcome.err.splitlines()
        assert line.startswith("shots are not cached: ")
    assert (tmp_path / "x.mkv").exists() and not parts(tmp_path)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Write a film with large frames."""
    folder = tmp_path_factory.mktemp("large")
    write_film(folder / "large.mkv", shots(1, 60, height=720, width=1280), frame_rate=24)
    return folder / "large.mkv"


@pytest.mark.fault(4)
@pytest.mark.parametrize(
    "name, n_pages, options, needed, free",
    [
        ("x.mkv", 256, ("--codec", "ffv1"), 1.7, 1.0),
        ("x.mp4", 25, (), 0.2, 0.1),
        ("pictures", 256, ("--codec", "png"), 1.7, 1.0),
        ("x.mkv", 256, ("--codec", "ffv1", "--refine", "tracks"), 1.7, 1.0),
    ],
)
def test_work_that_cannot_fit_does_not_begin(  # noqa: PLR0913, PLR0917
    name, n_pages, options, needed, free, begin, large, studio, tmp_path
):
    before = tree(studio.root)
    with disk(tmp_path / "disk", n_pages * PAGE):
        output = tmp_path / "disk" / name
        outcome = begin("colorize", large, *options, "-o", output, "-w", studio.root).ended()
        error = f"Error: {output}: at least {needed} MB are needed, and {free} MB are free there. Free some"
        assert outcome.code == 1 and outcome.out == "" and outcome.err.startswith(error), outcome
        assert outcome.err.count("\n") == 1 and not list(output.parent.iterdir())
    assert tree(studio.root) == before


@pytest.mark.fault(4)
def test_films_that_cannot_all_fit_are_not_begun(begin, large, tmp_path):
    """Each of them fits alone."""
    shutil.copy(large, tmp_path / "other.mkv")
    call = ("colorize", large, tmp_path / "other.mkv", "--variant", "grey", "--codec", "ffv1")
    with disk(tmp_path / "disk", 3 * MEGABYTE):
        outcome = begin(*call, "-o", tmp_path / "disk", "-w", tmp_path / "w").ended()
        error = f"Error: {tmp_path / 'disk' / 'other.mkv'}: at least 3.3 MB are needed, and 3.1 MB are free"
        assert outcome.code == 1 and outcome.err.startswith(error), outcome
        assert not list((tmp_path / "disk").iterdir()) and not (tmp_path / "w").exists()
