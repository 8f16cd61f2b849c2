"""Effort: how much of a film a simulated person makes right with a number of clicks on the review page.

python -m benchmarks.effort WORKSPACE ORIGINAL -n 100 -o effort.json

The workspace has one film, coloured along tracks; ORIGINAL is the same film in colour.
"""

import json
from pathlib import Path

import click
import numpy as np

from benchmarks.colorist import Colorist
from benchmarks.measure import hardware
from benchmarks.review_client import ReviewClient


@click.command()
@click.argument("workspace", type=click.Path(exists=True, path_type=Path))
@click.argument("original", type=click.Path(exists=True, path_type=Path))
@click.option("-n", "--clicks", default=100, show_default=True, help="Largest number of clicks.")
@click.option("--step", default=1, show_default=True, help="Compare every frame of this number.")
@click.option("--pictures", type=click.Path(path_type=Path), help="Folder for a picture of each click.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Result as JSON.")
def main(
    workspace: Path, original: Path, clicks: int, step: int, pictures: Path | None, output: Path
) -> None:
    """Correct a film, and write the share of right pixels after each click."""
    with ReviewClient(workspace) as client:
        colorist = Colorist(client, original, step, pictures)
        colorist.work(clicks)
        data = {
            "hardware": hardware(),
            "film": original.name,
            "compared": f"every frame of {step}",
            **colorist.as_json(),
            "server_mib": round(client.memory),
        }
    output.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    for name in ("frame_seconds", "shot_seconds"):
        taken = [getattr(step, name) for step in colorist.steps if getattr(step, name)]
        if taken:
            print(f"{name}: median {np.median(taken):.2f}, 95th percentile {np.percentile(taken, 95):.2f}")
    print(f"clicks in vain: {len(colorist.in_vain)}")
    print(f"machine time: {sum(step.machine_seconds for step in colorist.steps):.0f} s")


if __name__ == "__main__":
    main()
