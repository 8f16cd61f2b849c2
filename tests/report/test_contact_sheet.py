"""Contact sheets, and text on pictures."""

import numpy as np
import pytest

from cartoonize.report import lettering
from cartoonize.report.contact_sheet import Thumbnail, boxed, contact_sheet
from cartoonize.report.lettering import shortened, width_of, write_on

RED = np.full((90, 120, 3), (200, 30, 40), np.uint8)


def thumbnail(picture=RED, **changes):
    return Thumbnail(picture, **{"title": "0:01.0", "note": "1.0%", "text": "left: may be wrong", **changes})


def test_pictures_are_in_rows_of_three():
    sheets = [contact_sheet([thumbnail()] * n, "heading") for n in (1, 3, 4)]
    assert [sheet.shape[1] for sheet in sheets] == [520, 1520, 1520]
    one_row, two_rows = sheets[1].shape[0], sheets[2].shape[0]
    assert two_rows > 1.8 * one_row
    reds = [(np.abs(sheet.astype(int) - RED[0, 0]).max(-1) < 3).sum() for sheet in sheets]
    assert reds == pytest.approx([480 * 360, 3 * 480 * 360, 4 * 480 * 360], rel=0.01)


def test_pictures_of_all_shapes_fit():
    shapes = [(400, 30), (30, 400), (1, 1), (1080, 1440)]
    for shape in shapes:
        sheet = contact_sheet([thumbnail(np.zeros((*shape, 3), np.uint8), box=(0, 0, 1, 1))], "x" * 500)
        assert sheet.shape[1] == 520 and sheet.shape[0] < 700


@pytest.mark.parametrize("box", [(0.25, 0.5, 0.75, 0.9), (0, 0, 1, 1), (0.5, 0.5, 0.5, 0.5)])
def test_a_box_is_around_its_place_and_inside_the_picture(box):
    picture = np.full((200, 400, 3), 255, np.uint8)
    out = boxed(picture, box)
    rows, columns = np.nonzero((out != 255).any(-1))
    edges = [columns.min() / 400, rows.min() / 200, (columns.max() + 1) / 400, (rows.max() + 1) / 200]
    assert edges == pytest.approx(box, abs=0.04)
    assert (picture == 255).all()  # the picture itself is unchanged


@pytest.fixture(params=[True, False], ids=["own font", "strokes"])
def font(request, monkeypatch):
    """Letters of OpenCV 5, if there are any, and those of earlier versions."""
    if not request.param:
        monkeypatch.setattr(lettering, "_font", lambda: None)


@pytest.mark.usefixtures("font")
def test_text_has_the_width_that_is_said():
    picture = np.zeros((40, 600, 3), np.uint8)
    write_on(picture, "lower middle: probably wrong", 10, 28, size=18, color=(255, 255, 255))
    columns = np.flatnonzero(picture.any((0, 2)))
    assert columns.min() >= 9
    assert columns.max() - 10 == pytest.approx(width_of("lower middle: probably wrong", size=18), abs=6)
    write_on(picture, "größer, Łódź, Привет", 10, 28, size=18, color=(255, 255, 255), bold=True)


@pytest.mark.usefixtures("font")
def test_long_text_is_shortened_in_the_middle():
    assert shortened("short", 300, size=18) == "short"
    short = shortened("a/very/long/name/of/a/film-that-ends-like-this", 200, size=18)
    assert "..." in short and short.startswith("a/very") and short.endswith("this")
    assert width_of(short, size=18) <= 200
    assert shortened("text", 1, size=18) == "t"
