"""What became of the faults that were tried, a line a scenario; see docs/faults.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def fault_lines(stats: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Yield a line a scenario, in their order: its number, what it is, how many tests, what they counted."""
    scenarios: dict[tuple[int, str], list[tuple[str, Any]]] = defaultdict(list)
    for outcome in ("passed", "failed", "skipped"):
        for report in stats.get(outcome, []):
            told = dict(getattr(report, "user_properties", ()))
            if "fault" in told:
                scenarios[told["fault"]].append((outcome, report))
    for (number, what), tests in sorted(scenarios.items()):
        bad = [outcome for outcome, _ in tests if outcome != "passed"]
        state = "ok     " if not bad else "FAILED " if "failed" in bad else "SKIPPED"
        counts = [str(value) for _, r in tests for name, value in r.user_properties if name == "counts"]
        seconds = sum(report.duration for _, report in tests)
        said = f"{len(tests)} test{'s' if len(tests) > 1 else ''}, {seconds:.0f} s"
        yield f"{state} {number:2d}  {what}: {'; '.join([*counts, said])}"
