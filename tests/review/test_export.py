"""Films are exported with the corrections of the page, from the cache."""

from pathlib import Path

import av
import pytest

from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.errors import UsageError
from cartoonize.reporting import LOG
from cartoonize.review.again import again_arguments
from cartoonize.review.export import check_export, write_report
from cartoonize.review.films import find_films
from cartoonize.review.worker import export
from cartoonize.workspace import Workspace
from tests.support.reporters import Recorder


def test_an_exported_film_has_the_corrections_and_the_page_still_shows_its_own(colored, film):
    write_pins(colored.pins, [Pin("e1", 4, 0.25, 0.55, "#28a032", "shot")])
    arguments = {
        **again_arguments({film.key: film}, {"arguments": {}}, "cpu"),
        "export": {"codec": "ffv1", "crf": None},
    }
    result = export(colored, arguments, LOG)
    (path,) = result["written"]
    assert result["report"] == str(colored.reports / "report.html") and Path(result["report"]).stat().st_size
    assert Path(path) == colored.root / "export" / "e1.mkv"
    (again,) = find_films(colored)
    assert again.video == film.video and again.has_changed(again.shots[0])
    with av.open(path) as copy, av.open(str(film.video)) as shown:
        stored = copy.streams.video[0]
        assert (stored.codec_context.name, stored.codec_context.width) == ("ffv1", 96)
        for ours, theirs in zip(copy.decode(video=0), shown.decode(video=0), strict=True):
            difference = ours.reformat(format="rgb24").to_ndarray().astype(int) - theirs.reformat(
                format="rgb24"
            ).to_ndarray().astype(int)
            assert abs(difference).mean() < 2


def test_a_report_that_cannot_be_written_is_said_and_no_film_is_lost(tmp_path):
    recorder = Recorder()
    assert write_report(Workspace(tmp_path), recorder) == ""
    assert any("report is not written" in line for line in recorder.warnings)


@pytest.mark.parametrize(
    ("codec", "crf", "words"),
    [("gif", None, "codec"), ("ffv1", 3, "no quality"), ("h264", 52, "0 to 51"), ("h264", -1, "0 to 51")],
)
def test_formats_that_the_page_does_not_offer(codec, crf, words):
    with pytest.raises(UsageError, match=words):
        check_export(codec, crf)


def test_all_formats_of_the_page_are_known():
    page = (Path(__file__).parents[2] / "cartoonize/review/static/export_page.js").read_text()
    from cartoonize.review.export import CODECS

    for codec in CODECS:
        check_export(codec, None)
        assert f"  {codec}: {{" in page
