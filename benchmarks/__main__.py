"""Run benchmarks: python -m benchmarks [--quick] [--output FILE] [NAME ...]."""

from importlib import import_module
from pathlib import Path

import click

from benchmarks.measure import hardware
from benchmarks.plot import Curve, write_plot

#: Benchmarks in the order in which they run if none is named.
NAMES = (
    "start",
    "extract",
    "refine",
    "speed",
    "pin",
    "transitions",
    "weave",
    "training",
    "growth",
    "workers",
    "gpu",
)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Run a short version, to check that it works.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Also write the tables as Markdown, and a plot beside them.",
)
def main(names: tuple[str, ...], quick: bool, output: Path | None) -> None:
    """Run benchmarks and print their tables."""
    page = [f"{hardware()}\n"]
    curves: list[Curve] = []
    click.echo(page[0])
    for name in names or NAMES:
        for table in import_module(f"benchmarks.bench_{name}").run(quick=quick):
            page.append(table.markdown())
            curves += table.curves
            click.echo(page[-1])
    if output is not None:
        if curves:
            plot = output.with_suffix(".svg")
            write_plot(plot, curves)
            page.append(f"![Cost as work grows]({plot.name})\n")
        output.write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
