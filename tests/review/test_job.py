"""Jobs: one child process, which can be stopped, reports, and does not outlive its server for long."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cartoonize.errors import UsageError
from cartoonize.review.job import Jobs
from cartoonize.workspace import Workspace
from tests.support import ROOT

WORKER = (sys.executable, "-m", "tests.support.review_worker")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "work").mkdir()
    return Workspace(tmp_path / "work")


@pytest.fixture
def jobs(workspace):
    opened = Jobs(workspace, lambda: None, WORKER)
    yield opened
    opened.close(timeout=20)


def start(jobs, how):
    jobs.start("learn", {"colored": [how], "grey": ["grey.mkv"]})


def wait(until, seconds=30):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def wait_for_end(jobs):
    wait(lambda: jobs.as_json()["state"] not in ("running", "stopping"))
    return jobs.as_json()


def test_stages_messages_and_result(jobs):
    assert jobs.as_json()["state"] == "none"
    start(jobs, "quick")
    told = wait_for_end(jobs)
    assert (told["state"], told["error"]) == ("finished", "")
    assert (told["stage"], told["n_stages"], told["title"]) == (2, 2, "colorize: 1 film")
    assert {"kind": "warning", "text": "the film is short"} in told["messages"]
    assert told["works"] == [] and told["arguments"]["colored"] == ["quick"]


def test_progress_a_second_job_and_a_stop(jobs, workspace):
    start(jobs, "endless")
    wait(lambda: jobs.as_json()["works"])
    (work,) = jobs.as_json()["works"]
    assert work["label"] == "colouring" and 0 <= work["share"] < 1 and "of 10000 frames" in work["words"]
    with pytest.raises(UsageError, match="another job is running"):
        start(jobs, "quick")
    jobs.stop()
    assert wait_for_end(jobs)["state"] == "stopped"
    assert (workspace.root / "ended-in-order").exists()
    start(jobs, "quick")
    assert wait_for_end(jobs)["result"] == {"stages": ["extract", "colorize"]}


def test_the_latest_job_goes_on_after_a_stop_and_a_restart(jobs, workspace):
    with pytest.raises(UsageError, match="no job to go on with"):
        jobs.go_on()
    start(jobs, "endless")
    jobs.stop()
    wait_for_end(jobs)
    jobs.go_on()
    assert jobs.as_json()["arguments"]["colored"] == ["endless"]
    with pytest.raises(UsageError, match="another job is running"):
        jobs.go_on()
    jobs.stop()
    assert wait_for_end(jobs)["state"] == "stopped"


def test_the_latest_job_is_known_after_a_restart(jobs, workspace):
    start(jobs, "endless")
    assert Jobs(workspace, lambda: None).as_json()["state"] == "stopped"  # as if the server had been killed
    jobs.stop()
    wait_for_end(jobs)
    again = Jobs(workspace, lambda: None).as_json()
    assert again["state"] == "stopped" and again["arguments"] == {
        "colored": ["endless"],
        "grey": ["grey.mkv"],
    }


@pytest.mark.parametrize(
    "how, words",
    [
        ("refused", "there is nothing to learn colours from. Give films in colour."),
        ("crash", "Unexpected error: RuntimeError: a defect"),
    ],
)
def test_errors_are_told(jobs, workspace, how, words):
    start(jobs, how)
    told = wait_for_end(jobs)
    assert (told["state"], told["error"]) == ("failed", words)
    log = (workspace.root / "review" / "job.log").read_text()
    assert ("Traceback" in log) == (how == "crash") and "a line that a library prints" in log


def test_a_locked_workspace_is_told(jobs, workspace):
    with workspace.locked(new=True):
        start(jobs, "locked")
        told = wait_for_end(jobs)
    assert told["state"] == "failed" and "another cartoonize process is using this workspace" in told["error"]


def test_a_child_that_is_killed_is_told(jobs):
    start(jobs, "endless")
    wait(lambda: jobs.as_json()["works"])
    jobs._process.kill()
    told = wait_for_end(jobs)
    assert told["state"] == "failed" and "exit code -9" in told["error"]


def test_the_child_ends_when_the_server_is_killed(workspace):
    script = (
        "import sys, time; from pathlib import Path; from cartoonize.review.job import Jobs\n"
        "from cartoonize.workspace import Workspace\n"
        "jobs = Jobs(Workspace(Path(sys.argv[1])), lambda: None, sys.argv[2:])\n"
        "jobs.start('learn', {'colored': ['endless'], 'grey': []})\n"
        "while not jobs.as_json()['works']: time.sleep(0.01)\n"
        "print(jobs._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(workspace.root), *WORKER]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    child = int(server.stdout.readline())
    os.kill(child, 0)
    server.send_signal(signal.SIGKILL)
    server.wait()
    wait((workspace.root / "ended-in-order").exists)
