"""Confidence files."""

import json

import pytest

from cartoonize.errors import SourceError
from cartoonize.tracking.confidence import DoubtfulRegion, ShotDoubt, Suggestion
from cartoonize.tracking.confidence_file import (
    FilmConfidence,
    confidence_path,
    read_confidence,
    write_confidence,
)

REGION = DoubtfulRegion(3, 0.5, 0.25, 0.1, 0.4, 0.125, (0.25, 0.0, 0.75, 0.5))
SHOTS = (ShotDoubt(0, 0, 9, 0.0, 0.7, (REGION,)), ShotDoubt(1, 9, 12, 0.375, 0.95, ()))


def test_what_is_written_is_read_again(tmp_path):
    confidence = FilmConfidence(
        "film.mp4", SHOTS, (Suggestion(3, 0.125, 0, 0.5, 0.25),), "/films/film.mkv", "ab",
        members=("series",), weights=("cd",), offset=1.5, is_part=True,
    )  # fmt: skip
    path = confidence_path(tmp_path / "film.mp4")
    write_confidence(path, confidence)
    assert path == tmp_path / "film.confidence.json"
    assert read_confidence(path) == read_confidence(tmp_path / "film.mp4") == confidence
    assert confidence.n_frames == 12


def test_files_of_version_1_are_read(tmp_path):
    region = {"frame": 12, "x": 0.5, "y": 0.25, "area": 0.1, "confidence": 0.4}
    shot = {"shot": 1, "start": 9, "stop": 18, "seconds": 0.375, "confidence": 0.7, "regions": [region]}
    data = {"format": "cartoonize-confidence", "version": 1, "output": "a.mkv", "shots": [shot]}
    (tmp_path / "a.confidence.json").write_text(json.dumps(data))
    found = read_confidence(tmp_path / "a.mkv")
    assert found.output == "a.mkv" and found.suggestions == () and found.fingerprint == ""
    assert found.shots == (
        ShotDoubt(1, 9, 18, 0.375, 0.7, (DoubtfulRegion(12, 0.5, 0.25, 0.1, 0.4, 0.375),)),
    )


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "cartoonize-confidence", "version": 9}', "\x00"]
)
def test_damaged_files_are_refused(tmp_path, text):
    (tmp_path / "a.confidence.json").write_text(text)
    with pytest.raises(SourceError, match=r"a\.confidence\.json"):
        read_confidence(tmp_path / "a.mkv")


def test_a_number_without_end_is_damage(tmp_path):
    data = {"format": "cartoonize-confidence", "version": 1, "output": "a.mkv"}
    shot = '{"shot": 0, "start": 1e999, "stop": 9, "seconds": 0, "confidence": 0.7, "regions": []}'
    (tmp_path / "a.confidence.json").write_text(f'{json.dumps(data)[:-1]}, "shots": [{shot}]}}')
    with pytest.raises(SourceError, match="damaged"):
        read_confidence(tmp_path / "a.mkv")
