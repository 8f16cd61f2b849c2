"""Tutorials: their code blocks run in order, as they are, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.MULTILINE | re.DOTALL)
#: Results that a tutorial promises.
PROMISED = {
    "restorer": ["work/out/coloured/pilot.mp4", "pilot-compared.mp4"],
    "artist": ["coloured.mp4", "compared.mp4"],
    "colourist": ["demo/out/painted.mp4", "demo/out/compare.mp4"],
    "researcher": [
        "runs/plain-l2/model.safetensors", "reports/scores.json", "comparison.html", "rate.html",
        "reports/report.html", "again/reports/scores.json",
    ],
}  # fmt: skip


def run_blocks(page: Path, folder: Path) -> None:
    """Run the blocks of a page in a folder. A block with a title is written to a file of that name."""
    commands = folder / "bin"
    commands.mkdir()
    environment = {**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"}
    for name, line in (("python", '"$@"'), ("cartoonize", '-m cartoonize "$@"')):
        (commands / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {line}\n')
        (commands / name).chmod(0o755)
    for language, title, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if title:
            (folder / title).write_text(text)
            continue
        command = {"sh": ["bash", "-euo", "pipefail", "-c", text], "python": ["python", "-c", text]}[language]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("name", PROMISED)
def test_a_tutorial(name, tmp_path):
    kept = os.environ.get("CARTOONIZE_TUTORIALS")  # docs/make_pictures.py draws pictures from these folders
    folder = Path(kept) / name if kept else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    run_blocks(ROOT / "docs" / "tutorials" / f"{name}.md", folder)
    assert all((folder / promised).stat().st_size for promised in PROMISED[name])
