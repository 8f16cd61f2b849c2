"""Print a workspace's saved scores as a Markdown table: python -m benchmarks.scores_table WORKSPACE."""

import json
import sys
from pathlib import Path

COLUMNS = {
    "ciede2000": "CIEDE2000",
    "share_within_10": "within 10",
    "psnr": "PSNR",
    "rmse": "RMSE",
    "pa": "PA",
    "static_flicker": "static flicker",
    "edge_bleed": "edge bleed",
    "colorfulness_ratio": "colourfulness",
    "chroma_ratio": "chroma ratio",
}


def table(scores: list[dict]) -> str:
    lines = ["| result | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for score in sorted(scores, key=lambda s: s["ciede2000"]):
        cells = ["–" if score[key] is None else f"{score[key]:.3f}" for key in COLUMNS]
        lines.append(f"| {Path(score['colorized']).stem} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    print(table(json.loads((Path(sys.argv[1]) / "reports" / "scores.json").read_text())))


if __name__ == "__main__":
    main()
