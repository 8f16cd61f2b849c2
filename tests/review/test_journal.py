"""The journal: nothing that was accepted is lost, and no update either."""

import json
import os
import signal
import subprocess
import sys
import time
from threading import Thread

import pytest

from cartoonize.errors import OutputError, UsageError, WorkspaceError
from cartoonize.review.journal import Journal, StaleVersionError
from tests.support import ROOT


def shots(*numbers):
    return {"film": "f", "shots": [[n, n + 1] for n in numbers]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "review" / "journal.jsonl"


def test_actions_are_there_after_a_restart_with_undo_and_redo(path):
    journal = Journal(path)
    assert journal.state().version == 0 and not path.exists()
    journal.add(0, "accept", shots(1))
    journal.add(1, "accept", shots(2))
    journal.add(2, "undo", {})
    again = Journal(path)
    assert again.state() == journal.state()
    assert again.state().accepted == {"f": {(1, 2)}}
    assert again.add(3, "redo", {}).accepted == {"f": {(1, 2), (2, 3)}}
    assert Journal(path).add(4, "undo", {}).version == 5


def test_each_line_has_id_time_and_inverse(path):
    Journal(path).add(0, "accept", shots(1))
    (line,) = map(json.loads, path.read_text().splitlines())
    assert line["version"] == 1 and len(line["id"]) == 32 and line["time"].endswith("+00:00")
    assert line["inverse"] == {"kind": "reopen", "arguments": shots(1)}


def test_a_stale_action_is_refused(path):
    one, two = Journal(path), Journal(path)
    one.add(0, "accept", shots(1))
    with pytest.raises(StaleVersionError, match="version 0, and the latest is 1"):
        two.add(0, "accept", shots(2))
    assert two.state().accepted == {"f": {(1, 2)}}
    two.add(1, "accept", shots(2))
    assert one.state() == two.state()


def test_a_wrong_action_is_not_written(path):
    journal = Journal(path)
    with pytest.raises(UsageError):
        journal.add(0, "undo", {})
    with pytest.raises(UsageError):
        journal.add(0, "accept", {"film": "f", "shots": []})
    assert path.read_bytes() == b""


@pytest.mark.parametrize("torn", [b"{", b'{"version":3,"id"', b"\0" * 40, b'{"version":3}'])
def test_a_torn_last_line_is_ignored_and_replaced(path, torn):
    journal = Journal(path)
    journal.add(0, "accept", shots(1))
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    again = Journal(path)
    assert again.state().version == 1
    again.add(1, "accept", shots(2))
    assert Journal(path).state().accepted == {"f": {(1, 2), (2, 3)}}
    assert path.read_bytes().startswith(whole + b'{"version":2,')


@pytest.mark.parametrize("damage", [b"nonsense\n", b"[]\n", b'{"version":7}\n', b"[" * 5000 + b"\n", b"\n"])
def test_a_damaged_line_is_an_error(path, damage):
    Journal(path).add(0, "accept", shots(1))
    path.write_bytes(path.read_bytes() + damage)
    with pytest.raises(WorkspaceError, match=r"line 2 is damaged.*Restore it"):
        Journal(path).state()


def test_a_full_disk_loses_nothing(path, monkeypatch):
    journal = Journal(path)
    journal.add(0, "accept", shots(1))
    whole = path.read_bytes()
    write = os.pwrite

    def half(file, data, offset):
        write(file, data[: len(data) // 2], offset)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", half)
    with pytest.raises(OutputError, match="no space left"):
        journal.add(1, "accept", shots(2))
    monkeypatch.undo()
    assert path.read_bytes() == whole and journal.state().version == 1
    assert journal.add(1, "accept", shots(3)).accepted == {"f": {(1, 2), (3, 4)}}


def test_threads_lose_no_update(path):
    journals = [Journal(path), Journal(path)]

    def work(journal, first):
        for n in range(first, first + 20):
            while True:
                try:
                    journal.add(journal.state().version, "accept", shots(n))
                    break
                except StaleVersionError:
                    pass

    threads = [Thread(target=work, args=(journals[k % 2], 100 * k)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Journal(path).state().accepted["f"]) == 80


def test_killed_at_any_moment(path):
    """What was answered is kept, and the journal can be read and continued."""
    script = (
        "import sys; from pathlib import Path; from cartoonize.review.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "version = journal.state().version\n"
        "while True:\n"
        "    shots = [[version, version + 1]]\n"
        "    version = journal.add(version, 'accept', {'film': 'f', 'shots': shots}).version\n"
        "    print(version, flush=True)\n"
    )
    told = 0
    for moment in range(10):
        command = [sys.executable, "-c", script, str(path)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(moment * 0.003)
        child.send_signal(signal.SIGKILL)
        lines = [line for line in child.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
        told = max(told, int(lines[-1]) if lines else 0)
        state = Journal(path).state()
        assert state.version >= told and state.accepted["f"] == {(n, n + 1) for n in range(state.version)}
