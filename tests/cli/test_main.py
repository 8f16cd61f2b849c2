"""Rules for every command: help, options, exit codes, errors in one line."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cartoonize import __version__
from cartoonize.cli.main import COMMANDS
from tests.support import ROOT
from tests.support.files import tree


def test_help_names_every_command_and_every_command_has_the_common_options(invoke):
    text = invoke("--help").output
    for name, line in COMMANDS.items():
        assert f"  {name} " in text and line in text
        assert name in COMMANDS and hasattr(importlib.import_module(f"cartoonize.cli.{name}"), "command")
        command = importlib.import_module(f"cartoonize.cli.{name}").command
        for inner in getattr(command, "commands", [None]):  # the commands of a group, or the command itself
            own = invoke(name, *([inner] if inner else []), "--help")
            assert own.exit_code == 0
            for option in ("--workspace", "--device", "--json", "--verbose", "--quiet"):
                assert option in own.output, (name, option)


def test_the_examples_in_the_help_keep_their_lines(invoke):
    lines = [line.strip() for line in invoke("--help").output.splitlines()]
    assert sum(line.startswith("cartoonize ") for line in lines) == 3
    assert not any("\\b" in line for line in lines)


def test_help_loads_nothing_heavy(program):
    heavy = {"torch", "cv2", "av", "scipy", "sklearn", "skimage", "numba", "rich"}
    calls = [["--help"], *([name, "--help"] for name in COMMANDS)]
    code = (
        "import sys; from cartoonize.cli.main import root\n"
        f"for call in {calls}: root(call, standalone_mode=False)\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ran.stdout.splitlines()[-1] == "[]", ran.stderr


def test_version(cartoonize):
    assert cartoonize("--version").out == f"cartoonize, version {__version__}\n"


def test_unknown_commands_and_options_are_wrong_usage(misused, cartoonize):
    misused("colourise", words=["colourise", "Known: series, extract, credits", "doctor"])
    misused("split", "--tset", "e1", words=["--tset", "--test"])
    misused("colorize", "--device", "tpu", words=["tpu", "cuda"])
    misused("extract", words=["SOURCE"])
    assert cartoonize().code == 2


def test_the_workspace_is_the_current_folder_the_variable_or_the_option(
    cartoonize, films, tmp_path, monkeypatch
):
    for name in ("here", "there", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert cartoonize("extract", films / "e1.mkv").code == 0
    monkeypatch.setenv("CARTOONIZE_WORKSPACE", str(tmp_path / "there"))
    assert cartoonize("extract", films / "e2.mkv").code == 0
    assert cartoonize("extract", films / "e3.mkv", "-w", tmp_path / "elsewhere").code == 0
    found = {
        p.parent.name: [f.name for f in (p.parent / "frames").iterdir()]
        for p in tmp_path.rglob("manifest.json")
    }
    assert found == {"here": ["e1"], "there": ["e2"], "elsewhere": ["e3"]}


def test_the_next_command_has_the_workspace_where_it_needs_it(cartoonize, workspace, monkeypatch):
    assert f"Next: `cartoonize train -w {workspace.root}`." in cartoonize("split", "-w", workspace.root).out
    monkeypatch.chdir(workspace.root)
    for call in (("split",), ("split", "-w", "."), ("split", "-w", workspace.root)):
        assert "Next: `cartoonize train`." in cartoonize(*call).out
    monkeypatch.chdir(workspace.root.parent)
    monkeypatch.setenv("CARTOONIZE_WORKSPACE", str(workspace.root))
    assert "Next: `cartoonize train`." in cartoonize("split").out


def test_a_file_is_not_a_workspace(misused, fails, films):
    misused("split", "-w", films / "e1.mkv", words=[films / "e1.mkv", "is a file"])
    fails("extract", films / "e1.mkv", "-w", films / "e1.mkv" / "w", words=["cannot be written", "-w"])


def test_quiet_prints_nothing_and_standard_output_has_only_json(cartoonize, workspace):
    assert cartoonize("split", "-w", workspace.root, "-q") == type(cartoonize("--version"))(0, "", "")
    plain = cartoonize("split", "-w", workspace.root)
    as_json = cartoonize("split", "-w", workspace.root, "--json", "-v")
    assert plain.err == "" and as_json.err.endswith(plain.out) and as_json.json
    assert f"workspace {workspace.root.resolve()}, device" in as_json.err and "device" not in plain.out
    both = cartoonize("split", "-w", workspace.root, "--json", "-q")
    assert both.err == "" and both.json == as_json.json


@pytest.mark.fault(23)
@pytest.mark.parametrize("name", ["extract", "credits", "split", "train"])
def test_a_workspace_in_use_is_left_alone(fails, workspace, films, name):
    before = tree(workspace.root)
    arguments = [films / "e1.mkv"] if name == "extract" else []
    with workspace.locked():
        fails(name, "-w", workspace.root, *arguments, words=[workspace.root, "another cartoonize", "Wait"])
    assert tree(workspace.root) == before


@pytest.mark.parametrize("name", ["credits", "split", "train"])
def test_an_empty_workspace_names_the_first_command(fails, tmp_path, name):
    fails(name, "-w", tmp_path, words=[tmp_path, "cartoonize extract"])
    assert tree(tmp_path) == {}


@pytest.mark.fault(20)
def test_a_manifest_of_a_newer_version_or_a_damaged_one(fails, workspace, films):
    path = workspace.manifest_path
    whole = path.read_text()
    for text, words in (
        (whole.replace('"version": 2', '"version": 3'), ["newer cartoonize", "Update"]),
        (whole[: len(whole) // 2], ["damaged", "not valid JSON", "Restore"]),
        ("[]", ["damaged", "Restore"]),
        (whole.replace('"e1"', '"../e1"'), ["damaged", "../e1"]),
    ):
        path.write_text(text)
        for command in (["split"], ["credits"], ["train"], ["colorize"], ["extract", films / "e1.mkv"]):
            fails(*command, "-w", workspace.root, words=[path, *words])
        assert path.read_text() == text


def test_an_unexpected_error_is_one_line_and_a_report(cartoonize, monkeypatch, tmp_path):
    def broken(*arguments, **options):
        raise LookupError("the moon\nis gone")

    module = importlib.import_module("cartoonize.cli.split")
    monkeypatch.setattr(module, "split", broken)
    monkeypatch.chdir(tmp_path)
    outcome = cartoonize("split", "--test", "secret\n.mkv", "-w", tmp_path)
    assert outcome.code == 1 and outcome.out == ""
    (report,) = tmp_path.glob("cartoonize-crash-*.txt")
    assert outcome.err == (
        f"Error: unexpected error: LookupError: the moon is gone. The details are in {report}.\n"
    )
    text = report.read_text()
    assert f"cartoonize {__version__}" in text and "torch " in text and "Traceback" in text
    assert "'--test' 'secret\\n.mkv'" in text and "in broken" in text
    assert f"workspace {tmp_path}" in text  # a line that -v prints


def test_an_unexpected_error_is_printed_even_if_no_report_can_be_written(cartoonize, monkeypatch, tmp_path):
    def broken(*arguments, **options):
        raise LookupError("the moon is gone")

    monkeypatch.setattr(importlib.import_module("cartoonize.cli.split"), "split", broken)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr("tempfile.tempdir", str(gone))
    outcome = cartoonize("split", "-w", tmp_path)
    assert outcome.code == 1 and "Traceback" in outcome.err and "LookupError" in outcome.err.splitlines()[-1]
    assert outcome.err.splitlines()[-1].endswith("The report could not be written.")


def test_the_program_in_a_process_of_its_own(program, tmp_path):
    failed = program("split", "-w", tmp_path, cwd=ROOT)
    assert failed.code == 1 and failed.out == ""
    python = Path(sys.executable)
    python = python.relative_to(ROOT) if python.is_relative_to(ROOT) else python
    assert failed.err == (
        f"Error: {tmp_path}: no episodes yet. Run `{python} -m cartoonize extract -w {tmp_path}` first.\n"
    )
    assert program("run", "nope").code == 2


def test_a_closed_pipe_gives_no_traceback():
    command = [sys.executable, "-m", "cartoonize", "split", "--help"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    process.stdout.close()
    assert process.wait(60) == 1 and process.stderr.read() == ""


@pytest.mark.fault(16)
@pytest.mark.parametrize(
    "name",
    [
        "two\nlines.mkv",
        "weird: name %03d.mkv",
        "\x1b[31mred.mkv",
        os.fsdecode(b"latin1 \xe9.mkv"),
        "*?[x].mkv",
    ],
)
def test_errors_and_results_stay_on_one_line_whatever_a_file_is_called(
    cartoonize, fails, films, tmp_path, name
):
    source = tmp_path / name
    line = fails("extract", source, "-w", tmp_path, words=["does not exist"])
    assert line.isprintable()
    shutil.copy(films / "e1.mkv", source)
    for command in (["extract", source], ["colorize", source, "--variant", "grey"]):
        outcome = cartoonize(*command, "-w", tmp_path)
        assert outcome.code == 0, outcome.err
        assert outcome.out.count("\n") == 2  # an estimate or a next step beside the result
        assert all(line.isprintable() for line in (outcome.out + outcome.err).splitlines())
    assert (tmp_path / "out" / name).is_file()
    assert cartoonize("split", "-w", tmp_path).code == 0  # the manifest is still readable
