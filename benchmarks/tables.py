"""Print the measurements of a workspace as Markdown: python -m benchmarks.tables WORKSPACE.

For workspaces with the same recipe and different seeds: python -m benchmarks.tables --seeds W0 W1 W2.
"""

import json
import sys
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from cartoonize.methods.checkpoint import read_header
from cartoonize.workspace import Workspace

SCORES = {
    "ciede2000": "CIEDE2000",
    "share_within_10": "within 10",
    "vivid_within_10": "vivid",
    "vivid_share": "of the picture",
    "region_accuracy": "regions",
    "psnr": "PSNR",
    "ssim": "SSIM",
    "rmse": "RMSE",
    "pa": "PA",
    "static_flicker": "static flicker",
    "warp_error": "warp error",
    "inconsistency": "inconsistency",
    "border_error": "border",
    "edge_bleed": "edge bleed",
    "chroma_ratio": "chroma ratio",
}
SEEDS = (
    "ciede2000",
    "share_within_10",
    "vivid_within_10",
    "region_accuracy",
    "psnr",
    "rmse",
    "pa",
    "static_flicker",
    "chroma_ratio",
)


def read(workspace: Path, name: str) -> Any:
    """Read a JSON file of a workspace's reports."""
    return json.loads((workspace / "reports" / name).read_text())


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """Return a table as Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float | None, digits: int = 3) -> str:
    """Return a number as text; a dash if it is None."""
    return "–" if value is None else f"{value:.{digits}f}"


def scores(workspace: Path) -> str:
    """Return the table of scores, by mean error."""
    rows = sorted(read(workspace, "scores.json"), key=lambda row: row["ciede2000"])
    cells = [[Path(row["colorized"]).stem, *(number(row[key]) for key in SCORES)] for row in rows]
    return markdown(["result", *SCORES.values()], cells)


def times(workspace: Path) -> str:
    """Return the table of times per image."""
    data = read(workspace, "times.json")
    head = ["method", "ms per image", *(f"+ {name}" for name in data["rows"][0]["refinements"])]
    rows = [
        [
            row["variant"],
            number(1000 * row["seconds_per_image"], 1),
            *(number(1000 * seconds, 1) for seconds in row["refinements"].values()),
        ]
        for row in data["rows"]
    ]
    return f"{data['hardware']}\n\n" + markdown(head, rows)


def prints(workspace: Path) -> str:
    """Return the table of losses on other prints."""
    data = read(workspace, "prints.json")
    names = [kind["name"] for kind in data["prints"]]
    rows = [
        [
            row["method"],
            str(row["n_frames"]),
            number(row["own"]["ciede2000"], 1),
            *(f"{row['loss'][name]['ciede2000']:+.1f}" for name in names),
        ]
        for row in data["rows"]
    ]
    return markdown(["method", "drawings", "own grey", *names], rows)


def trials(workspace: Path) -> str:
    """Return the table of drawn trials."""
    data = read(workspace, "trials.json")
    rows = [
        [
            row["method"],
            *(number(row["change"].get(name), 1) for name in data["trials"]),
            number(mean(row["error"].values()), 1),
        ]
        for row in data["rows"]
    ]
    return markdown(["method", *data["trials"], "error at first"], rows)


def seeds(workspaces: list[Path]) -> str:
    """Return mean and sample deviation over workspaces, for the results that all of them have."""
    found = [{row["colorized"]: row for row in read(w, "scores.json")} for w in workspaces]
    return deviations(found, SEEDS)


def seeds_of_drawings(workspaces: list[Path]) -> str:
    """Return mean and sample deviation for the drawings of the prints, coloured from their own grey."""
    found = [{row["method"]: row["own"] for row in read(w, "prints.json")["rows"]} for w in workspaces]
    return deviations(found, ("ciede2000", "share_within_10", "vivid_within_10"))


def deviations(found: list[dict[str, dict[str, float]]], keys: tuple[str, ...]) -> str:
    """Return the table of means and sample deviations."""
    rows = []
    for name in (name for name in found[0] if all(name in one for one in found)):
        columns = [[one[name][key] for one in found] for key in keys]
        rows.append([Path(name).stem, *(f"{mean(c):.3f} ± {stdev(c):.3f}" for c in columns)])
    return markdown(["result", *(SCORES[key] for key in keys)], rows)


def trainings(workspace: Path) -> str:
    """Return the table of trainings from the headers of checkpoints, by validation error."""
    runs = {path.parent.name: read_header(path) for path in Workspace(workspace).trained()}
    rows = [
        [
            name,
            f"{header['parameters']:,}",
            f"{header['width']:g}",
            f"{header['updates']:,}",
            f"{header['seconds'] / 60:.1f}",
            number(header["validation"]["ab_error"], 2),
        ]
        for name, header in sorted(runs.items(), key=lambda run: run[1]["validation"]["ab_error"])
    ]
    return markdown(["run", "parameters", "width", "updates", "minutes", "validation error, ab"], rows)


#: Title, file and function of each table of one workspace, and of several.
OF_ONE = (
    ("Scores", "scores.json", scores),
    ("Times", "times.json", times),
    ("Other prints", "prints.json", prints),
    ("Trials", "trials.json", trials),
)
OF_SEEDS = (("Scores", "scores.json", seeds), ("Drawings", "prints.json", seeds_of_drawings))


def main() -> None:
    """Print all tables for which the workspaces have data."""
    if sys.argv[1] == "--seeds":
        workspaces = [Path(argument) for argument in sys.argv[2:]]
        for title, name, table in OF_SEEDS:
            if all((workspace / "reports" / name).exists() for workspace in workspaces):
                print(f"\n## {title}\n\n{table(workspaces)}")
        return
    workspace = Path(sys.argv[1])
    for title, name, table_of_one in OF_ONE:
        if (workspace / "reports" / name).exists():
            print(f"\n## {title}\n\n{table_of_one(workspace)}")
    if Workspace(workspace).trained():
        print(f"\n## Trainings\n\n{trainings(workspace)}")


if __name__ == "__main__":
    main()
