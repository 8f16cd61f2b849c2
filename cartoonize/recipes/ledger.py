"""Record of the stages that a recipe has run, to skip those whose inputs and results did not change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cartoonize import __version__
from cartoonize.atomic import write_text
from cartoonize.recipes.steps.base import Step

#: Reason of a stage that never ran, or that always runs.
NOT_DONE = "not done yet"

_SEEN, _LEFT, _SUMMARY = "seen", "left", "summary"


class Ledger:
    """Fingerprints of the inputs and results of a recipe's stages, as JSON in the workspace's cache.

    Parameters
    ----------
    path : Path
        The JSON file. A missing or damaged file counts as empty: then all stages run again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, Any] = {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            complete = {_SEEN, _LEFT, _SUMMARY}
            self.entries = {slot: entry for slot, entry in found.items() if set(entry) >= complete}
        except (OSError, ValueError, TypeError, AttributeError):
            pass

    def reason_to_run(self, slot: str, step: Step) -> str:
        """Return why a stage has to run, or an empty string if it is up to date."""
        entry = self.entries.get(slot)
        if entry is None or step.always_runs:
            return NOT_DONE
        now, before = _inputs(step), entry[_SEEN]
        changed = sorted(key for key in {*now, *before} if now.get(key) != before.get(key))
        if changed:
            return f"{', '.join(changed)} changed"
        return "" if step.result_fingerprint() == entry[_LEFT] else "its result was changed or removed"

    def enter(self, slot: str, step: Step, summary: Any) -> None:
        """Record a stage that has run, and save the ledger."""
        self.entries[slot] = {
            _SEEN: _inputs(step),
            _LEFT: step.result_fingerprint(),
            _SUMMARY: summary,
        }
        write_text(self.path, json.dumps(self.entries, indent=1) + "\n")

    def summary(self, slot: str) -> Any:
        """Return the summary of a recorded stage."""
        return self.entries[slot][_SUMMARY]


def _inputs(step: Step) -> dict[str, str]:
    return {"the program's version": __version__, **step.input_fingerprints()}
