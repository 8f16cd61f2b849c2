"""Examples of docs/formats.md: the program reads each of them, and writes the same keys."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields

import pytest

from cartoonize.annotations.pins import read_pins, write_pins
from cartoonize.annotations.suggestions import read_suggestions, write_suggestions
from cartoonize.metrics.ratings import read_ratings
from cartoonize.tracking.confidence_file import read_confidence, write_confidence
from cartoonize.video.damage_report import read_damage_reports, write_damage_report
from cartoonize.workspace import EpisodeRecord, Workspace
from tests.support import ROOT

PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r'^```json title="([^"]+)"\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL))


@pytest.fixture
def example(tmp_path):
    """Return a function that writes an example to a file of its name."""

    def written(name):
        path = tmp_path / name
        path.write_text(EXAMPLES[name])
        return path

    return written


def same_keys(first, second):
    """Return whether two JSON values have the same keys everywhere."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same_keys(first[key], second[key]) for key in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same_keys, first, second))
    return True


def test_the_manifest(example):
    path = example("manifest.json")
    manifest = Workspace(path.parent).load()
    assert set(json.loads(path.read_text())["episodes"]["episode1"]) == {
        f.name for f in fields(EpisodeRecord)
    }
    Workspace(path.parent).save(manifest)
    assert json.loads(path.read_text()) == json.loads(EXAMPLES["manifest.json"])


def test_pins(example):
    path = example("pins.json")
    write_pins(path, read_pins(path))
    assert json.loads(path.read_text()) == json.loads(EXAMPLES["pins.json"])


def test_confidence(example):
    path = example("pilot.confidence.json")
    write_confidence(path, read_confidence(path))
    assert json.loads(path.read_text()) == json.loads(EXAMPLES["pilot.confidence.json"])


def test_suggestions(example):
    path = example("suggestions.json")
    suggestions = read_suggestions(path.parent)
    assert suggestions is not None
    write_suggestions(path.parent, suggestions)
    assert json.loads(path.read_text()) == json.loads(EXAMPLES["suggestions.json"])


def test_a_damage_report(example):
    path = example("pilot.holes.json")
    ((name, damage),) = read_damage_reports(path.parent)
    assert name == "pilot"
    written = write_damage_report(path.parent / "pilot.mp4", path, [damage])
    assert written is not None and same_keys(json.loads(written.read_text()), json.loads(path.read_text()))
    assert written.name == path.name


def test_ratings(example):
    (ratings,) = read_ratings([example("ratings-anna.json")])
    assert ratings.rater == "anna" and ratings.answers[0].value == 8
    assert asdict(ratings.answers[0])["method"] == "series"


def test_the_header_of_a_checkpoint(tmp_path):
    import torch

    from cartoonize.methods.checkpoint import read_header, write_checkpoint

    (name,) = (name for name in EXAMPLES if name.startswith("header of model.safetensors"))
    header = json.loads(EXAMPLES[name])
    write_checkpoint(tmp_path / "model.safetensors", {"x": torch.zeros(1)}, header)
    assert same_keys(read_header(tmp_path / "model.safetensors"), header)


def test_the_lines_of_a_score_file():
    (name,) = (name for name in EXAMPLES if name.startswith("scores/"))
    kinds = [json.loads(line)["kind"] for line in EXAMPLES[name].splitlines()]
    assert kinds == ["header", "frame", "shot", "histogram", "episode"]
