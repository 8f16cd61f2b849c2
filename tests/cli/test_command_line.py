"""Commands in messages can be typed in the current folder."""

import shlex
import sys
from pathlib import Path

import pytest

from cartoonize.cli.command_line import as_typed, command_line, program


@pytest.fixture(autouse=True)
def called_by_name(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["cartoonize"])


def test_names_are_quoted_and_the_workspace_is_named():
    line = command_line("doubtful", Path("my films/it's grey.mkv"), workspace=Path("my work"))
    assert shlex.split(line) == ["cartoonize", "doubtful", "my films/it's grey.mkv", "-w", "my work"]
    assert command_line("split") == "cartoonize split"
    assert command_line("models", workspace=Path("w")) == "cartoonize models"
    assert command_line("split", "-w", "a", workspace=Path("b")) == "cartoonize split -w a"


def test_the_program_is_named_by_its_path_if_the_name_does_not_find_it(tmp_path, monkeypatch):
    script = tmp_path / ".venv" / "bin" / "cartoonize"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin")
    assert program(".venv/bin/cartoonize") == ".venv/bin/cartoonize"
    assert program(str(script)) == ".venv/bin/cartoonize"
    monkeypatch.chdir(script.parent)
    assert program("./cartoonize") == "./cartoonize"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert program(str(script)) == str(script)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin")
    assert program(str(script)) == "cartoonize"


def test_a_module_is_run_by_the_same_python(tmp_path, monkeypatch):
    python = tmp_path / "an env" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.chdir(tmp_path)
    assert program("/somewhere/cartoonize/__main__.py") == "'an env/bin/python' -m cartoonize"


def test_another_program_that_calls_ours_does_not_show_in_messages():
    assert program("/usr/bin/pytest") == "cartoonize"


def test_commands_in_messages_get_the_program_and_the_workspace(monkeypatch):
    text = "Run `cartoonize train --variant plain` or `cartoonize models`; `--force` replaces."
    assert as_typed(text) == text
    assert as_typed(text, Path("my work")) == (
        "Run `cartoonize train --variant plain -w 'my work'` or `cartoonize models`; `--force` replaces."
    )
    monkeypatch.setattr(sys, "argv", ["/opt/cartoonize"])
    assert as_typed("Next: `cartoonize split -w x`.", Path("x")) == "Next: `/opt/cartoonize split -w x`."
    assert as_typed(f"`{command_line('split', workspace=Path('x'))}`", Path("x")) == (
        "`/opt/cartoonize split -w x`"
    )
