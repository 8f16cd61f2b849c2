"""Jobs: heavy work in one child process, and its state as the page shows it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any

from cartoonize.atomic import make_folder, write_text
from cartoonize.errors import OutputError, UsageError
from cartoonize.progress import Works
from cartoonize.workspace import Workspace

#: The command of the child process.
_WORKER = (sys.executable, "-m", "cartoonize.review.worker")
#: Number of messages that are kept for the page.
_N_MESSAGES = 200
#: A message that announces a stage: its number, the number of stages, and its description.
_STAGE = re.compile(r"\[(\d+)/(\d+)\] (.*)")
#: States in which a child process works.
_WORKING = ("running", "stopping")
#: States at the end.
_ENDS = ("finished", "stopped", "failed")


@dataclass
class _Job:
    """What is known about the latest job."""

    task: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    state: str = "none"
    """``none``, ``running``, ``stopping``, ``stopped``, ``failed`` or ``finished``."""
    stage: int = 0
    n_stages: int = 0
    title: str = ""
    """Description of the stage."""
    messages: list[dict[str, str]] = field(default_factory=list)
    error: str = ""
    result: Any = None
    """What the task returned; None before its end."""


class Jobs:
    """The jobs of a workspace, one at a time.

    The latest job is written to ``review/job.json``, so that it can be continued after a restart.

    Parameters
    ----------
    workspace : Workspace
        Workspace in which the child process works.
    changed : callable
        Called without arguments when the state has changed, from a thread.
    command : sequence of str
        Command of the child process.
    """

    def __init__(
        self, workspace: Workspace, changed: Callable[[], None], command: Sequence[str] = _WORKER
    ) -> None:
        self._workspace, self._changed, self._command = workspace, changed, command
        self._folder = workspace.root / "review"
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._reader: Thread | None = None
        self._works = Works()
        self._revision = 0
        """Number of changes, by which a page knows the latest state."""
        self._job = self._latest()

    def start(self, task: str, arguments: Mapping[str, Any]) -> None:
        """Start a job.

        Raises
        ------
        UsageError
            If another one is running.
        OutputError
            If the workspace cannot be written.
        """
        with self._lock:
            if self._job.state in _WORKING:
                raise UsageError("another job is running", "Wait until it ends, or stop it.")
            make_folder(self._folder)
            self._works, self._job = Works(), _Job(task, dict(arguments), "running")
            self._save()
            self._process = self._child()
            assert self._process.stdin is not None
            root = str(self._workspace.root.resolve())
            line = {"task": task, "workspace": root, "arguments": dict(arguments)}
            with suppress(BrokenPipeError):  # then it has ended at once, and `_read` says so
                self._process.stdin.write(json.dumps(line) + "\n")
                self._process.stdin.flush()
            self._reader = Thread(target=self._read, args=(self._process,), daemon=True)
            self._reader.start()
        self._has_changed()

    def go_on(self) -> None:
        """Start the latest job again, which does only the rest.

        Raises
        ------
        UsageError
            If there is none, or it is running.
        """
        if not self._job.task:
            raise UsageError("there is no job to go on with", "Choose films and colour them.")
        self.start(self._job.task, self._job.arguments)

    def stop(self) -> None:
        """Let the job finish its current step and end. It can be continued."""
        with self._lock:
            if self._job.state != "running" or self._process is None:
                return
            self._job.state = "stopping"
            assert self._process.stdin is not None
            with suppress(OSError):
                self._process.stdin.write("stop\n")
                self._process.stdin.flush()
        self._has_changed()

    def close(self, timeout: float = 0.0) -> None:
        """Close the pipe to the child process, which then ends at its next safe point.

        Parameters
        ----------
        timeout : float
            Seconds to wait for it.
        """
        process = self._process
        if process is not None and process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
            if self._reader is not None:
                self._reader.join(timeout)

    @property
    def is_working(self) -> bool:
        """True while the child process works."""
        return self._job.state in _WORKING

    def as_json(self) -> dict[str, Any]:
        """Return the state for the page."""
        with self._lock:
            job = self._job
            works = [
                {"label": work.label, "share": work.share, "words": work.words(self._works.clock())}
                for work in self._works.under_way()
            ]
            return {
                "revision": self._revision,
                "task": job.task,
                "arguments": dict(job.arguments),
                "state": job.state,
                "stage": job.stage,
                "n_stages": job.n_stages,
                "title": job.title,
                "works": works if job.state in _WORKING else [],
                "messages": list(job.messages),
                "error": job.error,
                "result": job.result,
            }

    def _has_changed(self) -> None:
        with self._lock:
            self._revision += 1
        self._changed()

    def _child(self) -> subprocess.Popen[str]:
        """Start the child process. Ctrl-C in the terminal reaches the server alone."""
        with (self._folder / "job.log").open("w") as log:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )

    def _read(self, process: subprocess.Popen[str]) -> None:
        """Take the reports of the child process until it has ended."""
        assert process.stdout is not None
        state, error, result = "failed", "", None
        for line in process.stdout:
            with suppress(ValueError):
                report = json.loads(line)
                if end := next((name for name in _ENDS if name in report), None):
                    state, error = end, str(report[end]) if end == "failed" else ""
                    result = report[end] if end == "finished" else None
                self._take(report)
                self._has_changed()
        code = process.wait()
        if state == "failed" and not error:
            error = f"The work ended unexpectedly (exit code {code}). See review/job.log."
        with self._lock:
            self._job.state, self._job.error, self._job.result = state, error, result
            with suppress(OutputError):  # then only the next server does not know it
                self._save()
        self._has_changed()

    def _take(self, report: Mapping[str, Any]) -> None:
        with self._lock:
            if "progress" in report:
                self._works.progress(*report["progress"])
            for kind in ("info", "warning"):
                if kind in report:
                    self._add_message(kind, str(report[kind]))

    def _add_message(self, kind: str, text: str) -> None:
        job = self._job
        stage = _STAGE.fullmatch(text) if kind == "info" else None
        if stage:
            job.stage, job.n_stages, job.title = int(stage[1]), int(stage[2]), stage[3]
            self._works = Works()
        job.messages.append({"kind": kind, "text": text})
        del job.messages[:-_N_MESSAGES]

    def _save(self) -> None:
        job = self._job
        data = {
            "task": job.task,
            "arguments": dict(job.arguments),
            "state": job.state,
            "error": job.error,
            "result": job.result,
        }
        write_text(self._folder / "job.json", json.dumps(data, indent=1) + "\n")

    def _latest(self) -> _Job:
        """Return the latest job of an earlier server. One that was running has been stopped."""
        try:
            data = json.loads((self._folder / "job.json").read_text(encoding="utf-8"))
            state = "stopped" if data["state"] in _WORKING else str(data["state"])
            error, result = str(data["error"]), data.get("result")
            return _Job(str(data["task"]), dict(data["arguments"]), state, error=error, result=result)
        except (OSError, ValueError, KeyError, TypeError):
            return _Job()
