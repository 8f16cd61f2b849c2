"""The faults that the program has to survive, and one line about the tests of each; see docs/faults.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: Each entry names a fault and the behaviour that it requires. `@pytest.mark.fault(number)` marks its tests.
FAULTS = {
    1: "killed at a random moment of any stage: goes on, with the same result, and redoes no finished shot",
    2: "killed between writing and renaming: nothing under the final name, and what is left over goes",
    3: "the disk is full: one line, no file, and it goes on once there is room",
    4: "less room than the film surely takes: refused before the work",
    5: "an MP4 cut short: counted and refused, or coloured as far as it goes",
    6: "flipped bytes in a DVD's file: damage with its time, sound in sync",
    7: "empty, text, folder, nothing there: one line, no traceback",
    8: "mutated files: no crash, no hang, no traceback, no silent loss",
    9: "variable frame rate: every frame at its time",
    10: "interlaced, 64:45 pixels, rotated, odd size, 10 bit: as they were",
    11: "two sound tracks, subtitles, chapters: the same packets, the same languages",
    12: "sound that starts before or after the picture: as far from it as before",
    13: "luma: the very codes in FFV1, at most 3 off at crf 16",
    14: "a playlist called .mp4: refused",
    15: "concat:, subfile:, http: as input: refused",
    16: "odd names: just names, in reports, too",
    17: "a manifest that points out of the workspace: refused",
    18: "a pickle as checkpoint: refused, its code not run",
    19: "a flipped bit in weights: noticed",
    20: "a manifest cut short or of a newer version: a clear error, never taken for done",
    21: "another film under the same name, size and time: noticed, and only what depends on it is done again",
    22: "an option changed: only what depends on it is done again",
    23: "two at once: the second waits or ends with one line, and a dead holder's lock is free",
    24: "a worker killed: its shots are done by others; where all die, one line",
    25: "a picture of 12000x12000 in a small file: refused",
}


def fault_lines(stats: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Yield one line for each fault: its number, the outcome of its tests, the fault, and their counts."""
    tried: dict[int, list[tuple[str, Any]]] = defaultdict(list)
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in stats.get(outcome, []):
            for number in dict(getattr(report, "user_properties", ())).get("faults", ()):
                tried[number].append((outcome, report))
    for number, what in FAULTS.items():
        outcomes = {outcome for outcome, _ in tried[number]}
        state = next(
            (name for name in ("failed", "error", "skipped", "passed") if name in outcomes), "not tried"
        )
        counts = [str(text) for _, r in tried[number] for name, text in r.user_properties if name == "counts"]
        seconds = sum(report.duration for _, report in tried[number])
        counts.append(f"{len(tried[number])} tests, {seconds:.0f} s")
        yield f"{number:2d} {state:9} {what} ({'; '.join(counts)})"
