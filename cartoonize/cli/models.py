"""``cartoonize models``."""

from __future__ import annotations

from typing import Any

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.methods.registry import VARIANTS
from cartoonize.methods.variant import Variant, n_parameters
from cartoonize.tasks.train import TrainOptions


@click.command("models")
@click.option(
    "--width",
    type=float,
    default=1.0,
    show_default=True,
    help="Multiplier of the channel counts for which parameters are counted.",
)
@session_options
def command(session: Session, *, width: float) -> None:
    """List all variants: parameters, source, requirements.

    With -v also the variant's own options, for `cartoonize train --set`.
    """
    TrainOptions(width=width)  # raises UsageError if the width is out of range
    rows = [_row(variant, width) for variant in VARIANTS.values()]
    for row in rows:
        frozen = row["learned"] not in (0, row["parameters"])
        learned = f" ({row['learned']:,} of them learned)" if frozen else ""
        session.info(
            f"{row['name']:<22}{row['parameters']:>12,}  {row['output']:<10}"
            f"needs {row['needs']:<22} {row['source']}{learned}"
        )
        if row["options"]:
            own = ", ".join(f"{name}={value}" for name, value in row["options"].items())
            session.detail(f"{'':<22}  --set {own}")
    session.emit({"variants": rows})


def _row(variant: Variant, width: float) -> dict[str, Any]:
    import torch

    with torch.device("meta"):  # shapes without values: no memory is allocated
        network = variant.build(width)
    return {
        "name": variant.name,
        "parameters": n_parameters(network),
        "learned": n_parameters(network, frozen=False),
        "source": variant.source,
        "output": variant.output,
        "needs": variant.needs,
        "options": variant.options,
    }
