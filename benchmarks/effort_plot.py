"""Plot the share of right pixels after each click, and with painted frames.

python -m benchmarks.effort_plot JSON... -o FILE.svg
"""

import json
from pathlib import Path

import click

from benchmarks.plot import Curve, write_plot


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Plot as SVG.")
def main(files: tuple[Path, ...], output: Path) -> None:
    """Draw one curve for each result of `benchmarks.effort` or `benchmarks.painted`."""
    curves = []
    for path in files:
        data = json.loads(path.read_text(encoding="utf-8"))
        key, x = ("clicks", "clicks") if "clicks" in data["steps"][0] else ("painted", "painted frames")
        points = [(step[key], step["within_10"]) for step in data["steps"]]
        curves.append(Curve(f"{Path(data['film']).stem}: {x}", x, "share within 10", points))
    write_plot(output, curves)


if __name__ == "__main__":
    main()
