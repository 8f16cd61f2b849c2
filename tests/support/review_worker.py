"""A worker of the review page whose tasks only pretend to work: `python -m tests.support.review_worker`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cartoonize.errors import UsageError
from cartoonize.reporting import Reporter
from cartoonize.review.worker import Task, main
from cartoonize.workspace import Workspace


def _pretend(workspace: Workspace, arguments: Mapping[str, Any], reporter: Reporter) -> Any:
    """Report stages and progress. The name of the film in colour says how it ends."""
    how = Path(arguments.get("colored", ["quick"])[0]).name
    reporter.info("[1/2] extract: 2 episodes")
    reporter.progress("reading", 0, 4, unit="frames")
    reporter.info("[2/2] colorize: 1 film")
    print("a line that a library prints")
    if how == "endless":
        try:
            for n in range(10_000):
                reporter.progress("colouring", n, 10_000, unit="frames")
                time.sleep(0.01)
        except KeyboardInterrupt:
            (workspace.root / "ended-in-order").touch()
            raise
    if how == "locked":
        with workspace.locked(new=True):
            pass
    if how == "refused":
        raise UsageError("there is nothing to learn colours from", "Give films in colour.")
    if how == "crash":
        raise RuntimeError("a defect")
    reporter.warning("the film is short")
    return {"stages": ["extract", "colorize"]}


TASKS: Mapping[str, Task] = {"learn": _pretend, "again": _pretend}

if __name__ == "__main__":
    main(TASKS)
