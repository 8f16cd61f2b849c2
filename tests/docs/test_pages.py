"""Pages: links lead to files, and command lines have options that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

import cartoonize
from cartoonize.cli.main import root
from tests.support import ROOT

RESULTS = ROOT / "benchmarks" / "results"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
BLOCK = re.compile(r"^( *)```sh[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
by_name = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def command_lines(page: Path) -> list[list[str]]:
    """Return the calls of cartoonize in the shell blocks of a page, as words."""
    lines = []
    for _, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:2] == ["podman", "build"]:
                continue
            for number, word in enumerate(words):
                if word == "cartoonize" or word.endswith("/cartoonize"):
                    lines.append(words[number + 1 :])
                    break
    return lines


def check(words: list[str]) -> None:
    """Check that a command and its options exist."""
    command: click.Command = root
    ctx = click.Context(root)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(ctx, words[0])
        assert found is not None, f"no command {words[0]!r}"
        command, words = found, words[1:]
    known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help", "--version"}
    for word in words:
        option = word.partition("=")[0]
        if option in ("&&", ";", "|"):
            break
        assert not option.startswith("-") or option in known, f"{command.name} has no option {option}"


@by_name
def test_command_lines_have_commands_and_options_that_exist(page):
    for words in command_lines(page):
        if words and words[0] != "COMMAND":
            check(words)


@by_name
def test_links_lead_to_files(page):
    generated = {"results/plots": RESULTS / "scores"}
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        if "plots/" in target:
            assert (generated["results/plots"] / Path(target).stem / "reports" / "scores.json").exists()
            continue
        assert (page.parent / target).exists(), f"{target} does not exist"


def test_the_readme_fits_on_two_screens():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 90


def test_the_readme_opens_with_two_commands_and_a_picture():
    opening = (ROOT / "README.md").read_text().partition("\n## ")[0]
    assert "make demo" in opening and "make test" in opening and "](docs/pictures/demo.png)" in opening


def test_the_python_page_has_all_public_names():
    page = (ROOT / "docs" / "python.md").read_text()
    shown = {line.rpartition(".")[2] for line in page.splitlines() if line.startswith("::: ")}
    assert shown == set(cartoonize.__all__) - {"__version__"}


def test_pictures_are_small():
    for picture in (ROOT / "docs" / "pictures").iterdir():
        assert picture.stat().st_size < 150_000, f"{picture.name} has {picture.stat().st_size} bytes"
