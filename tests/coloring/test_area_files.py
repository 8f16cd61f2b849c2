"""Picture areas of whole films, kept between commands."""

import json

import numpy as np
import pytest

from cartoonize.coloring.area_files import AreaFile
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.filters.areas import PictureAreas
from cartoonize.filters.render import RenderOptions
from cartoonize.frames import Area
from cartoonize.reporting import Reporter
from cartoonize.tasks.colorize import colorize
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.video import open_source, write_film
from cartoonize.workspace import Workspace

AREAS = PictureAreas((0, 12), (Area(8, 40, 0, 64, (3, 4)), None))


class Steps(Reporter):
    def __init__(self):
        self.labels = set()

    def progress(self, label, done, total=0, note="", unit=""):
        self.labels.add(label)

    def info(self, text):
        pass

    def warning(self, text):
        pass


@pytest.fixture
def film(tmp_path):
    """A film of 64x48 with bars of 8 lines, in which something moves."""
    rng = np.random.default_rng(0)
    picture = rng.integers(60, 220, (32, 64, 3)).astype(np.uint8)
    frames = [np.pad(np.roll(picture, 4 * k, 1), ((8, 8), (0, 0), (0, 0))) for k in range(24)]
    write_film(tmp_path / "film.mkv", frames, codec="ffv1", pix_fmt="yuv444p", gop=1)
    return tmp_path / "film.mkv"


def test_areas_are_read_as_they_were_written(film, tmp_path):
    with open_source(film) as source:
        file = AreaFile(tmp_path, source, "content")
        assert file.read() is None
        file.write(AREAS)
        assert file.read() == AREAS
        assert AreaFile(tmp_path, source, "another").read() is None


@pytest.mark.parametrize("text", ["", "[1]", "5", '[{"from": 0, "area": [1, 2]}]', '[{"from": 0}]', "null"])
def test_a_damaged_file_is_as_none(film, tmp_path, text):
    with open_source(film) as source:
        file = AreaFile(tmp_path, source, "content")
        file.write(AREAS)
        (path,) = (tmp_path / "areas").iterdir()
        path.write_text(text)
        assert file.read() is None


def colored(film, workspace, **render):
    steps = Steps()
    options = ColorizeOptions(render=RenderOptions(codec="ffv1", force=True, **render))
    colorize(Workspace(workspace), [film], choice=Choice(("grey",)), options=options, reporter=steps)
    return steps.labels


@pytest.mark.parametrize("part", [{}, {"preview": 4}])
def test_bars_are_looked_for_once(film, tmp_path, part):
    looking = "looking for bars in film.mkv"
    extract(Workspace(tmp_path / "extracted"), [film], options=ExtractOptions())
    assert looking not in colored(film, tmp_path / "extracted", **part)
    assert looking in colored(film, tmp_path / "new", **part)
    colored(film, tmp_path / "new")
    (kept,) = (tmp_path / "new" / "cache" / "areas").iterdir()
    (entry,) = json.loads(kept.read_text())
    assert entry == {"from": 0, "area": [8, 40, 0, 64, 0, 0]}
    assert kept.read_text() == (tmp_path / "extracted" / "cache" / "areas" / kept.name).read_text()


def test_extracting_again_needs_one_pass(film, tmp_path, monkeypatch):
    from cartoonize.video.reader import VideoSource

    passes, original = [], VideoSource.frames

    def counted(self, **options):
        passes.append(options)
        return original(self, **options)

    monkeypatch.setattr(VideoSource, "frames", counted)
    for _ in range(2):
        extract(Workspace(tmp_path), [film], options=ExtractOptions(), again=True)
    assert len(passes) == 3  # the first time, the bars were found on the way
