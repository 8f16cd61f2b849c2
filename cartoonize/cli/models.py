"""``cartoonize models``."""

from __future__ import annotations

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.stages.train import TrainOptions
from cartoonize.variants import VARIANTS, n_parameters


@click.command("models")
@click.option("--width", type=float, default=1.0, show_default=True, help="Count parameters at this width.")
@session_options
def command(session: Session, width: float) -> None:
    """List every variant: parameters, source, what it needs."""
    import torch

    TrainOptions(width=width)  # knows which widths there are
    rows = []
    for variant in VARIANTS.values():
        with torch.device("meta"):  # shapes without numbers: nothing is allocated
            parameters = n_parameters(variant.build(width))
        rows.append(
            {
                "name": variant.name,
                "parameters": parameters,
                "source": variant.source,
                "output": variant.output,
                "needs": variant.needs,
            }
        )
    for row in rows:
        session.say(
            f"{row['name']:<22}{row['parameters']:>12,}  {row['output']:<10}"
            f"needs {row['needs']:<22} {row['source']}"
        )
    session.emit({"variants": rows})
