"""Keys of cached shots: which changes colour shots again, and which do not."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import cv2
import numpy as np
import pytest
import torch

from cartoonize.annotations.annotations import NO_ANNOTATIONS, Annotations
from cartoonize.coloring import keys
from cartoonize.coloring.ensemble import Choice, choose_ensemble
from cartoonize.coloring.films import open_film, with_scribbles
from cartoonize.coloring.keys import ALGORITHMS, ANNOTATION_ALGORITHMS, film_key
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.filters.predict import PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.registry import VARIANTS
from cartoonize.video import open_source
from cartoonize.workspace import Workspace
from tests.support import ROOT
from tests.support.films import film

GREY = Choice(("grey",))
TRACKS = ColorizeOptions(refine=RefineOptions("tracks"))
#: The comments above every VERSION that is part of the keys, and the lists of modules with such a VERSION.
MARKS = {
    "#: Part of the keys of cached shots.": ALGORITHMS,
    "#: Part of the keys of results.": ANNOTATION_ALGORITHMS,
}


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    """Write a grey film of two shots."""
    return film(tmp_path_factory.mktemp("grey") / "grey.mkv", 1, 8, grey=True, subtitles=())


@pytest.fixture
def key_of(grey, tmp_path):
    """Return a function that returns the `film_key` for options, a choice of methods, and a source."""

    def call(options=TRACKS, choice=GREY, annotations=NO_ANNOTATIONS, source=grey, change=lambda film: film):
        spec = choose_ensemble(Workspace(tmp_path), choice, annotations)
        with open_source(source) as opened:
            film = change(open_film(opened, tmp_path / "x.mkv", spec.members(), options.render))
            return film_key(film, spec, spec.members(), options)

    return call


def test_every_algorithm_has_a_version():
    for name in (*ALGORITHMS, *ANNOTATION_ALGORITHMS):
        version = import_module(f"cartoonize.{name}").VERSION
        assert type(version) is int and version >= 1, name
    assert sorted(set(ALGORITHMS)) == list(ALGORITHMS)


@pytest.mark.parametrize("mark", MARKS)
def test_every_version_for_the_keys_is_in_the_list(mark):
    """A new algorithm must not be forgotten."""
    package = ROOT / "cartoonize"
    marked = {
        ".".join(path.relative_to(package).with_suffix("").parts)
        for path in package.rglob("*.py")
        if f"\n{mark}" in path.read_text()
    }
    assert marked == set(MARKS[mark])


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_new_version_of_an_algorithm_changes_the_key_if_it_takes_part(name, key_of, monkeypatch):
    module = import_module(f"cartoonize.{name}")
    before = {refine: key_of(ColorizeOptions(refine=RefineOptions(refine))) for refine in ("none", "tracks")}
    monkeypatch.setattr(module, "VERSION", module.VERSION + 1)
    after = {refine: key_of(ColorizeOptions(refine=RefineOptions(refine))) for refine in before}
    assert after["tracks"] != before["tracks"]
    finds_regions = name in ("tracking.parts", "refine.regions")  # for methods without tracks, too
    only_with_tracks = name.startswith(("tracking.", "filters.track")) and not finds_regions
    assert (after["none"] == before["none"]) == (only_with_tracks or name == "refine.fill")


def test_a_new_version_of_a_method_changes_the_key(key_of, monkeypatch):
    before = key_of()
    monkeypatch.setitem(VARIANTS, "grey", replace(VARIANTS["grey"], version=VARIANTS["grey"].version + 1))
    assert key_of() != before


def test_a_new_version_of_a_package_changes_the_key(key_of, monkeypatch):
    before = key_of()
    monkeypatch.setattr(keys, "_package_versions", lambda: ["another version"])
    assert key_of() != before


def test_the_key_depends_on_everything_that_changes_colours(key_of, grey, tmp_path):
    other_film = film(tmp_path / "grey.mkv", 2, 8, grey=True, subtitles=())
    for seed in (0, 1):
        torch.manual_seed(seed)
        header = {"variant": "plain", "width": 1 / 16, "luminance": "grey"}
        state = VARIANTS["plain"].build(1 / 16).state_dict()
        write_checkpoint(tmp_path / f"{seed}.safetensors", state, header)
    different = [
        key_of(),
        key_of(ColorizeOptions(refine=RefineOptions("grow"))),
        key_of(ColorizeOptions(refine=RefineOptions("tracks", album=False))),
        key_of(replace(TRACKS, predict=PredictOptions(decode="mode"))),
        key_of(replace(TRACKS, refine_order="result")),
        key_of(replace(TRACKS, render=RenderOptions(pix_fmt="yuv444p"))),
        key_of(replace(TRACKS, render=RenderOptions(allow_damaged=True))),
        key_of(choice=Choice(checkpoints=(tmp_path / "0.safetensors",))),
        key_of(choice=Choice(checkpoints=(tmp_path / "1.safetensors",))),
        key_of(source=other_film),
        key_of(change=lambda film: replace(film, new_at=frozenset({3}))),
    ]
    assert len(set(different)) == len(different)


def test_the_key_depends_on_the_annotations_that_methods_accept(key_of, tmp_path):
    reference = tmp_path / "reference.png"

    def key(color, **annotations):
        cv2.imwrite(str(reference), np.full((8, 8, 3), color, np.uint8))
        annotations = Annotations(references=(reference,), **annotations)
        return key_of(choice=Choice(("welsh",)), annotations=annotations)

    whole = (0.0, 0.0, 1.0, 1.0)
    different = [key((10, 20, 200)), key((10, 200, 20)), key((10, 20, 200), swatches=((whole, whole),))]
    assert len(set(different)) == 3 and key((10, 20, 200)) == different[0]


def test_the_key_does_not_depend_on_where_and_how_fast_it_runs(key_of, grey, tmp_path):
    copy = shutil.copy(grey, tmp_path / "copy.mkv")
    same = [
        key_of(),
        key_of(replace(TRACKS, predict=PredictOptions(device="cpu", precision="float32"))),
        key_of(replace(TRACKS, render=RenderOptions(crf=3, force=True))),
        key_of(source=tmp_path / copy),
        key_of(change=lambda film: with_scribbles(film, None)),
    ]
    assert len(set(same)) == 1


def test_a_new_version_colours_the_shots_again(cartoonize, grey, tmp_path, monkeypatch):
    def n_cached():
        (tmp_path / "x.mkv").unlink(missing_ok=True)  # otherwise it would be up to date
        arguments = ("--variant", "grey", "--refine", "tracks", "-o", tmp_path / "x.mkv")
        outcome = cartoonize("colorize", grey, *arguments, "-w", tmp_path / "w", "--json")
        assert outcome.code == 0, outcome.err
        (summary,) = outcome.json["outputs"]
        assert summary["n_shots"] == 2 and not summary["as_before"]
        return summary["n_kept_shots"]

    assert [n_cached(), n_cached()] == [0, 2]
    monkeypatch.setattr("cartoonize.tracking.decision.VERSION", 1000)
    assert [n_cached(), n_cached()] == [0, 2]


def test_changed_comments_and_docstrings_keep_all_shots(cartoonize, program, grey, tmp_path):
    output = tmp_path / "x.mkv"
    call = ("colorize", grey, "--variant", "grey", "--refine", "tracks", "--force", "--json")
    call = (*call, "-o", output, "-w", tmp_path / "w")
    assert cartoonize(*call).json["outputs"][0]["n_kept_shots"] == 0
    before = output.read_bytes()
    output.unlink()  # otherwise it would be up to date

    package = tmp_path / "copy" / "cartoonize"
    shutil.copytree(ROOT / "cartoonize", package, ignore=shutil.ignore_patterns("__pycache__"))
    for path in package.rglob("*.py"):
        text = path.read_text()
        assert text.startswith('"""'), path
        path.write_text(text.replace('"""', '"""Changed: ', 1) + "\n# A comment that was appended.\n")
    env = {"PYTHONPATH": str(package.parent)}
    where = subprocess.run(
        [sys.executable, "-c", "import cartoonize; print(cartoonize.__file__)"],
        capture_output=True, text=True, check=True, cwd=package.parent, env={**os.environ, **env},
    )  # fmt: skip
    assert where.stdout.strip() == str(package / "__init__.py")

    outcome = program(*call, cwd=package.parent, env=env)
    assert outcome.code == 0, outcome.err
    (summary,) = outcome.json["outputs"]
    assert summary["n_kept_shots"] == summary["n_shots"] == 2 and not summary["as_before"]
    assert output.read_bytes() == before
