"""The model card: what a checkpoint is, what it learned from, how well, and what it is not for."""

from __future__ import annotations

from typing import Any


def model_card(header: dict[str, Any], source: str) -> str:
    """Return the card as Markdown, from the checkpoint's header and the variant's source."""
    data, settings = header["data"], header["settings"]
    validation = header.get("validation") or {}
    measured_on = "validation episodes" if data["validation"] else "training frames (no validation episode)"
    ema = settings.get("ema", 0.0)
    weights = f"a running average over the updates, decay {ema:g}" if ema else "those after the last update"
    scores = "\n".join(f"| {name} | {value:.4f} |" for name, value in validation.items())
    n_frames = settings["batch_size"] * settings["accumulate"] * settings.get("turns", 1)
    optional = ""
    if header.get("encoder") == "random":
        optional += "| encoder | **RANDOM: it has learned nothing from photographs** |\n"
    elif encoder := header.get("encoder"):
        optional += f"| encoder | {encoder['file']}, SHA-256 {encoder['sha256'][:16]}... |\n"
    if changes := header.get("changes"):
        optional += f"| options | {', '.join(f'{name} = {value}' for name, value in changes.items())} |\n"
    if adapted := header.get("adapted"):
        optional += f"| adapted to | {', '.join(adapted['references'])} |\n"
    return f"""# {header.get("name", header["variant"])}

A colouring model for one cartoon series, trained by cartoonize {header["cartoonize"]}.

| | |
|---|---|
| source | {source} |
| parameters | {header["parameters"]:,} at width {header["width"]:g} |
| looks at | L of the {"black-and-white" if header["luminance"] == "grey" else "coloured"} picture |
| training episodes | {", ".join(data["train"])} |
| validation episodes | {", ".join(data["validation"]) or "none"} |
{optional}| training frames | {header["n_samples"]:,} |
| updates | {header["updates"]:,} of {n_frames} frames |
| weights | {weights} |
| training time | {header["seconds"]:.0f} s |
| seed | {settings["seed"]} |

Measured on {measured_on} (`ab_error`: mean distance in CIELAB a and b):

| | |
|---|---|
{scores}

It knows only the series above; on anything else its colours mean nothing. The weights derive from those
episodes: their rights holders' terms may extend to the weights and to what they colour.
"""
