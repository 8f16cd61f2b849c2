"""The worker's own task: what `cartoonize series` does."""

import json
import shutil
from dataclasses import replace

import pytest

from cartoonize.methods.registry import VARIANTS
from cartoonize.reporting import LOG
from cartoonize.review.films import find_films
from cartoonize.review.worker import PipeReporter, learn_and_color
from cartoonize.workspace import Workspace


@pytest.mark.slow
def test_learn_and_color_does_what_series_does(films, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "cartoonize.methods.registry.VARIANTS",
        {**VARIANTS, "series": replace(VARIANTS["series"], batch_size=2)},
    )
    for name in ("e2", "grey"):
        shutil.copy(films / f"{name}.mkv", tmp_path)
    workspace = Workspace(tmp_path / "work")
    arguments = {"colored": [str(tmp_path / "e2.mkv")], "grey": [str(tmp_path / "grey.mkv")], "updates": 3}
    result = learn_and_color(workspace, arguments, LOG)
    assert result["stages"][0].startswith("extract") and result["stages"][-1].startswith("suggest")
    (film,) = find_films(workspace)
    assert film.name == "grey" and all(film.cached(shot) for shot in film.shots)
    assert learn_and_color(workspace, arguments, LOG) == result
    assert not any(film.has_changed(shot) for shot in film.shots)


def test_progress_is_not_told_too_often(tmp_path):
    with (tmp_path / "lines").open("w") as output:
        reporter = PipeReporter(output)
        for n in range(1001):
            reporter.progress("colouring", n, 1000, unit="frames")
        reporter.info("done")
    lines = [json.loads(line) for line in (tmp_path / "lines").read_text().splitlines()]
    told = [line["progress"][1] for line in lines if "progress" in line]
    assert told[0] == 0 and told[-1] == 1000 and len(told) < 200
    assert lines[-1] == {"info": "done"}


def test_a_server_that_is_gone_does_not_stop_the_work(tmp_path):
    output = (tmp_path / "lines").open("w")
    output.close()
    PipeReporter(output).warning("nobody hears this")
