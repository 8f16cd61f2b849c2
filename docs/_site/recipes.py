"""The reference of the built-in recipes, from their files."""

from __future__ import annotations

from pathlib import Path

RECIPES = Path(__file__).parents[2] / "pipelines"


def recipe_reference() -> str:
    """Return the built-in recipes as Markdown: the comment at the head of each, and its parameters."""
    parts = []
    for path in sorted(RECIPES.glob("*.toml")):
        head, _, rest = path.read_text(encoding="utf-8").partition("\ndescription = ")
        comment = "\n".join(line.removeprefix("#").removeprefix(" ") for line in head.splitlines())
        first, _, details = comment.partition("\n\n")
        parts.append(f"### {path.stem}\n\n{first}\n\n```text\n{details.strip()}\n```\n")
        parameters = rest.partition("[parameters]\n")[2].partition("\n[[stage]]")[0].strip()
        if parameters:
            parts.append(f'```toml title="parameters"\n{parameters}\n```\n')
    return "\n".join(parts)
