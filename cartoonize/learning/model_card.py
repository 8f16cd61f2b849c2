"""Model card: what a checkpoint is, its training data, its scores and its limits."""

from __future__ import annotations

from typing import Any


def model_card(header: dict[str, Any], source: str) -> str:
    """Return the card as Markdown.

    Parameters
    ----------
    header : dict
        Header of the checkpoint.
    source : str
        Source of the variant: paper, table.
    """
    data, settings = header["data"], header["settings"]
    validation = header.get("validation") or {}
    measured_on = "validation episodes" if data["validation"] else "training frames (no validation episode)"
    ema = settings.get("ema", 0.0)
    after = header.get("weights_after", header["updates"])
    when = "the last update" if after == header["updates"] else f"{after:,} updates, the best validated"
    weights = f"a running average over the updates, decay {ema:g}" if ema else f"those after {when}"
    if ema and after != header["updates"]:
        weights += f", after {when}"
    scores = "\n".join(f"| {name} | {value:.4f} |" for name, value in validation.items())
    n_frames = settings["batch_size"] * settings["accumulate"] * settings.get("turns", 1)
    return f"""# {header.get("name", header["variant"])}

A colouring model for one cartoon series, trained by cartoonize {header["cartoonize"]}.

| | |
|---|---|
| source | {source} |
| parameters | {header["parameters"]:,} at width {header["width"]:g} |
| input | L of the {"black-and-white" if header["luminance"] == "grey" else "coloured"} picture |
| training episodes | {", ".join(data["train"])} |
| validation episodes | {", ".join(data["validation"]) or "none"} |
{_optional_rows(header)}| training frames | {header["n_samples"]:,} |
| updates | {header["updates"]:,} of {n_frames} frames |
| weights | {weights} |
| training time | {header["seconds"]:.0f} s |
| seed | {settings["seed"]} |

Measured on {measured_on} (`ab_error`: mean distance in CIELAB a and b):

| | |
|---|---|
{scores}

The model knows the series above only. Its colours for other pictures are meaningless. The weights are derived
from the training episodes: the terms of their rights holders may apply to the weights and to coloured videos.
"""


def _optional_rows(header: dict[str, Any]) -> str:
    """Return the rows on the encoder, changed options and references."""
    rows = ""
    if header.get("encoder") == "random":
        rows += "| encoder | **RANDOM: not trained on photographs** |\n"
    elif encoder := header.get("encoder"):
        rows += f"| encoder | {encoder['file']}, SHA-256 {encoder['sha256'][:16]}... |\n"
    if changes := header.get("changes"):
        rows += f"| options | {', '.join(f'{name} = {value}' for name, value in changes.items())} |\n"
    if adapted := header.get("adapted"):
        rows += f"| adapted to | {', '.join(adapted['references'])} |\n"
    return rows
