"""Worker: the child process that does the heavy work of the review page.

It reads one line of JSON from standard input, the task, and writes lines of JSON to standard output:
messages, progress, and at the end the result. The line ``stop``, or the end of standard input, interrupts it
as Ctrl-C does: it finishes its current step and ends. So it also ends if the server is killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import IO, Any

from cartoonize.errors import CartoonizeError
from cartoonize.reporting import Reporter
from cartoonize.workspace import Workspace

#: A task gets the workspace, its arguments and a reporter, and returns what the page shows at the end.
Task = Callable[[Workspace, Mapping[str, Any], Reporter], Any]

#: Smallest time between two reports of the progress of one piece of work, in seconds.
_SPACING = 0.2
#: Number of frames of each film that are suggested for painting.
N_SUGGESTED = 8


class PipeReporter(Reporter):
    """Writes each report as a line of JSON.

    Parameters
    ----------
    output : text file
        Pipe to the server.
    """

    def __init__(self, output: IO[str]) -> None:
        self._output, self._lock = output, Lock()
        self._sent: dict[str, float] = {}
        """Time of the latest report of progress, by label."""

    def info(self, message: str) -> None:
        """Send a message."""
        self.send({"info": message})

    def warning(self, message: str) -> None:
        """Send a warning."""
        self.send({"warning": message})

    def progress(self, label: str, done: int, total: int = 0, note: str = "", unit: str = "") -> None:
        """Send progress, if the last report is not too recent or this is the first or last one."""
        now = time.monotonic()
        is_due = now - self._sent.get(label, -_SPACING) >= _SPACING
        if is_due or done in (0, total):
            self._sent[label] = now
            self.send({"progress": [label, done, total, note, unit]})

    def send(self, line: Mapping[str, Any]) -> None:
        """Write a line. If the server is gone, nobody reads it."""
        with self._lock:
            try:
                self._output.write(json.dumps(line) + "\n")
                self._output.flush()
            except (OSError, ValueError):
                pass


def main(tasks: Mapping[str, Task]) -> None:
    """Do the task that standard input names.

    Parameters
    ----------
    tasks : mapping of str to callable
        Known tasks by name.
    """
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not get between the lines
    reporter = PipeReporter(output)
    task = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        Thread(target=_interrupt_at_stop, daemon=True).start()
        workspace = Workspace(Path(task["workspace"]))
        reporter.send({"finished": tasks[task["task"]](workspace, task["arguments"], reporter)})
    except KeyboardInterrupt:
        reporter.send({"stopped": True})
    except CartoonizeError as error:
        reporter.send({"failed": str(error)})
    except Exception as error:
        traceback.print_exc()  # standard error is the log
        reporter.send({"failed": f"Unexpected error: {type(error).__name__}: {error}"})


def _interrupt_at_stop() -> None:
    """Wait for the next line or the end of standard input, and interrupt the main thread."""
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGINT)


def learn_and_color(workspace: Workspace, arguments: Mapping[str, Any], reporter: Reporter) -> Any:
    """Do what `cartoonize series` does."""
    from cartoonize.recipes.series import SeriesOptions, run_series
    from cartoonize.review.earlier import keep_earlier

    colored, grey = (list(map(Path, arguments[name])) for name in ("colored", "grey"))
    options = SeriesOptions(updates=arguments.get("updates"))
    device = str(arguments.get("device", "auto"))
    keep_earlier(workspace)
    with noting_used(workspace):
        outcomes = run_series(workspace, colored, grey, options=options, device=device, reporter=reporter)
    return {"stages": [outcome.name for outcome in outcomes]}


def color_again(workspace: Workspace, arguments: Mapping[str, Any], reporter: Reporter) -> Any:
    """Colour the films again with the present pins: those of the latest series, or single ones."""
    if "grey" in arguments:
        return learn_and_color(workspace, arguments, reporter)
    from cartoonize.review.again import color_films_again
    from cartoonize.review.earlier import keep_earlier

    keep_earlier(workspace)
    with noting_used(workspace):
        n_films = color_films_again(workspace, arguments["films"], str(arguments["device"]), reporter)
    return {"films": n_films}


def export(workspace: Workspace, arguments: Mapping[str, Any], reporter: Reporter) -> Any:
    """Colour the films with the present pins, and write copies in another format, and the report."""
    from cartoonize.review.export import export_films, write_report

    color_again(workspace, arguments, reporter)
    written = export_films(workspace, arguments, reporter)
    return {"written": written, "report": write_report(workspace, reporter)}


def suggest(workspace: Workspace, arguments: Mapping[str, Any], reporter: Reporter) -> Any:
    """Choose frames that are worth painting. Pictures that are there stay."""
    from cartoonize.tasks.suggest import suggest_references

    found = [
        suggest_references(workspace, Path(source), N_SUGGESTED, reporter=reporter)
        for source in arguments["suggest"]
    ]
    return {"pictures": sum(map(len, found))}


@contextmanager
def noting_used(workspace: Workspace) -> Iterator[None]:
    """Note the corrections and painted frames with which films are coloured, if that succeeds."""
    from cartoonize.review.correction_files import CorrectionFiles
    from cartoonize.review.films import find_films
    from cartoonize.review.paintings import Paintings, note_used_paintings

    note = CorrectionFiles(workspace).note_used()
    painted = Paintings(workspace).painted({film.key: film for film in find_films(workspace)})
    yield
    note_used_paintings(workspace, painted)
    note()


#: The tasks of the page.
TASKS: Mapping[str, Task] = {
    "learn": learn_and_color,
    "again": color_again,
    "export": export,
    "suggest": suggest,
}

if __name__ == "__main__":
    main(TASKS)
