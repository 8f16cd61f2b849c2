"""Results that are up to date: nothing is done again, also after files were moved or renamed."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from cartoonize.annotations.annotations import Annotations
from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.coloring import annotated_films
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.coloring.results import ResultKey, Results
from cartoonize.filters.predict import PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.tasks.colorize import colorize
from cartoonize.video import write_film
from cartoonize.workspace import Workspace, fingerprint
from tests.support.cartoons import in_grey, pan_over_towns
from tests.support.reporters import Recorder

KEY = ResultKey("inputs", "content")
#: Frames of a shot. The third shot shows the town of the first one again.
N_FRAMES, TOWNS = 4, (5, 6, 5, 7)
N_SHOTS = len(TOWNS)


@pytest.fixture
def recorded(tmp_path):
    """Record a result of two files, in the workspace or outside of it; return the output."""

    def call(folder):
        output = tmp_path / folder / "film.mkv"
        output.parent.mkdir(parents=True, exist_ok=True)
        sidecar = output.with_name("film.confidence.json")
        output.write_text("a film")
        sidecar.write_text("{}")
        content = {path: fingerprint(path) for path in (output, sidecar)}
        summary = {"source": "grey.mkv", "output": str(output), "sidecars": [], "confidence": str(sidecar)}
        Results(Workspace(tmp_path / "a/w")).record(output, KEY, content, summary)
        return output

    return call


@pytest.mark.parametrize("folder", ["a/w/out", "a/elsewhere"])
def test_a_result_is_found_after_all_of_it_was_moved(recorded, tmp_path, folder):
    output = recorded(folder)
    assert Results(Workspace(tmp_path / "a/w")).find(output, KEY)["output"] == str(output)
    shutil.move(tmp_path / "a", tmp_path / "b")
    moved = tmp_path / "b" / output.relative_to(tmp_path / "a")
    results = Results(Workspace(tmp_path / "b/w"))
    summary = results.find(moved, KEY)
    assert summary["output"] == str(moved) and results.is_ours(moved)
    assert summary["confidence"] == str(moved.with_name("film.confidence.json"))
    moved.write_text("another film")
    results = Results(Workspace(tmp_path / "b/w"))
    assert results.find(moved, KEY) is None and not results.is_ours(moved)


def test_one_key_of_two_is_enough_and_the_other_is_learned(recorded, tmp_path):
    output = recorded("a/w/out")

    def found(*key):
        return Results(Workspace(tmp_path / "a/w")).find(output, ResultKey(*key)) is not None

    assert not found("new inputs") and not found("new inputs", "other content")
    assert found("new inputs", "content") and found("new inputs") and not found("inputs")
    assert not found("", "")


@pytest.mark.parametrize("damage", ["", "[]", '{"content": 3}', "{}"])
def test_a_damaged_record_only_costs_time(recorded, tmp_path, damage):
    output = recorded("a/w/out")
    (record,) = (tmp_path / "a/w/cache/finished").iterdir()
    record.write_text(damage)
    results = Results(Workspace(tmp_path / "a/w"))
    assert results.find(output, KEY) is None and results.summaries() == []


@pytest.fixture
def project(tmp_path):
    """Write a grey film of four shots and coloured frames of it; return the folder."""
    folder = tmp_path / "project"
    colors = list(pan_over_towns(TOWNS, N_FRAMES, step=4))
    folder.mkdir()
    write_film(folder / "grey.mkv", map(in_grey, colors), frame_rate=12, codec="ffv1")
    for number in (1, 5, 13):
        path = folder / "references" / f"{number:06d}.png"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), colors[number][..., ::-1])
    return folder


@pytest.fixture
def colored(project):
    """Colour the film along tracks; return the summary."""

    def call(*references, folder=project, source="grey.mkv", root="w", reporter=None):
        (summary,) = colorize(
            Workspace(folder / root),
            [folder / source],
            choice=Choice(("grey",)),
            annotations=Annotations(references=tuple(folder / name for name in references)),
            options=ColorizeOptions(
                PredictOptions(device="cpu"), RefineOptions("tracks"), RenderOptions(codec="ffv1", force=True)
            ),
            output=folder / "colored.mkv",
            reporter=reporter or Recorder(),
        )
        return summary

    return call


@pytest.fixture
def nothing_is_read(monkeypatch):
    """Let every search for frames, and every loading of a network, be an error."""

    def call():
        def never(*arguments, **options):
            raise AssertionError("a frame is read")

        monkeypatch.setattr(annotated_films, "locate", never)
        monkeypatch.setattr("cartoonize.coloring.ensemble.EnsembleSpec.load", never)

    return call


def test_nothing_is_read_if_all_films_are_up_to_date(project, colored, nothing_is_read):
    write_pins(project / "w/pins.json", [Pin("grey", 6, 0.5, 0.5, "#d22832")])
    assert not colored("references").as_before
    nothing_is_read()
    assert colored("references").as_before


def test_after_moving_and_renaming_nothing_is_done_again(project, colored, nothing_is_read, tmp_path):
    assert not colored("references").as_before
    moved = tmp_path / "moved"
    shutil.move(project, moved)
    (moved / "w").rename(moved / "space")
    (moved / "grey.mkv").rename(moved / "film.mkv")
    (moved / "references").rename(moved / "painted")
    (moved / "painted/000001.png").rename(moved / "painted/frame-1.png")
    nothing_is_read()
    summary = colored("painted", folder=moved, source="film.mkv", root="space")
    assert summary.as_before
    assert (summary.source, summary.output) == (str(moved / "film.mkv"), str(moved / "colored.mkv"))
    assert Path(summary.confidence).parent == moved


def test_a_renamed_source_keeps_its_shots(project, colored):
    colored()
    (project / "grey.mkv").rename(project / "film.mkv")
    (project / "colored.mkv").unlink()
    assert colored(source="film.mkv").n_kept_shots == N_SHOTS


def test_shots_of_earlier_content_are_removed(project, colored):
    colored()
    (before,) = (project / "w/cache/shots").iterdir()
    write_film(project / "grey.mkv", map(in_grey, pan_over_towns((8,), 3)), frame_rate=12, codec="ffv1")
    colored()
    (after,) = (project / "w/cache/shots").iterdir()
    assert after != before and list(after.glob("*/*.npz"))


def test_a_changed_list_of_references_colours_only_the_shots_that_it_reaches(colored):
    """A reference reaches its own shot, and by the album the third shot, which shows the first town."""
    first, second, last = (f"references/{number:06d}.png" for number in (1, 5, 13))
    colored()
    for references, n_reached in (
        ((second,), N_SHOTS),  # without any page, nothing was looked up before
        ((second, last), 1),
        ((first, second, last), 2),
        ((first, last), 1),
        ((last, first), None),
        ((last,), 2),
    ):
        summary = colored(*references)
        if n_reached is None:
            assert summary.as_before
        else:
            assert not summary.as_before and summary.n_kept_shots == N_SHOTS - n_reached, references


def test_a_patch_reaches_only_its_own_shot(project, colored):
    """The whole picture reaches a shot more, by the album. A patch of it says nothing about other shots."""
    second, last = (f"references/{number:06d}.png" for number in (5, 13))
    picture = cv2.imread(str(project / "references/000001.png"))
    grey = np.repeat(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[..., None], 3, -1)
    y, x = _in_the_largest_paint(picture)
    is_painted = np.zeros(picture.shape[:2], bool)
    is_painted[y - 3 : y + 4, x - 3 : x + 4] = True
    patch = np.where(is_painted[..., None], picture, grey)
    cv2.imwrite(str(project / "000001.png"), np.dstack([patch, 255 * is_painted.astype(np.uint8)]))
    colored(second, last)
    summary = colored("000001.png", second, last)
    assert summary.n_kept_shots == N_SHOTS - 1


def _in_the_largest_paint(picture):
    """Return the row and column of the place that is deepest inside of the largest area of one colour."""
    codes = picture.astype(np.int64) @ [1, 256, 65536]
    values, counts = np.unique(codes, return_counts=True)
    inside = cv2.distanceTransform((codes == values[counts.argmax()]).astype(np.uint8), cv2.DIST_L2, 5)
    return np.unravel_index(int(inside.argmax()), inside.shape)


def test_a_warning_about_references_is_said_if_the_film_stays_the_same(project, colored):
    colored("references/000001.png")
    grey = np.repeat(
        cv2.imread(str(project / "references/000001.png"), cv2.IMREAD_GRAYSCALE)[..., None], 3, -1
    )
    cv2.imwrite(str(project / "000001.png"), grey)
    reporter = Recorder()
    assert colored("references/000001.png", "000001.png", reporter=reporter).as_before
    assert "not painted yet: 000001.png" in reporter.warnings
