"""Pages of the site that come from elsewhere in the repository, and the links between all of them.

The Markdown files keep links that work in the repository. Here they become links that work on the site.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path, PurePosixPath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))

from commands import command_reference  # noqa: E402, files beside this one
from plots import score_plot  # noqa: E402
from recipes import recipe_reference  # noqa: E402

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
#: Pages outside of docs/, and their places on the site.
PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
#: Parts of the repository that are not on the site. Links to them become text.
ABSENT = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?:scores|LICENSE|\.\./LICENSE)\)")
#: Lines that stand for generated text.
GENERATED = {"COMMANDS": command_reference, "RECIPES": recipe_reference}
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the pages of measured results to the navigation, the newest first."""
    pages = sorted(RESULTS.glob("*.md"), key=lambda path: path.stem[-10:], reverse=True)
    for section in config.nav or []:
        if "Measured results" in section:
            section["Measured results"] += [{_title(path): f"results/{path.name}"} for path in pages]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, scores and plots that are not in docs/."""
    for source, target in _places().items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    for scores in sorted(RESULTS.glob("scores/*/reports/scores.json")):
        name = scores.parents[1].name
        plot = score_plot(name, json.loads(scores.read_text(encoding="utf-8")))
        files.append(File.generated(config, f"results/plots/{name}.svg", content=plot))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links of the repository into links of the site."""
    source = _sources().get(page.file.src_uri, f"docs/{page.file.src_uri}")
    here = PurePosixPath(page.file.src_uri).parent

    def translated(match: re.Match[str]) -> str:
        target, anchor = match[1], match[2] or ""
        if re.match(r"[a-z]+:", target):
            return match[0]
        linked = _normal(PurePosixPath(source).parent / target)
        place = _places().get(linked, linked.removeprefix("docs/") if linked.startswith("docs/") else linked)
        return f"]({_relative(place, here)}{anchor})"

    for mark, generate in GENERATED.items():
        if f"\n{mark}\n" in markdown:
            markdown = markdown.replace(f"\n{mark}\n", f"\n{generate()}\n")
    return LINK.sub(translated, ABSENT.sub(r"\1", markdown))


def _places() -> dict[str, str]:
    """Return the places on the site of all files outside of docs/."""
    results = [*RESULTS.glob("*.md"), *RESULTS.glob("*.svg"), *RESULTS.glob("scores/*/reports/*.json")]
    folder = "benchmarks/results/"
    paths = sorted(path.relative_to(ROOT).as_posix() for path in results)
    return {**PAGES, **{path: f"results/{path.removeprefix(folder)}" for path in paths}}


def _sources() -> dict[str, str]:
    return {place: source for source, place in _places().items()}


def _title(path: Path) -> str:
    heading = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
    return heading.replace("`", "")


def _normal(path: PurePosixPath) -> str:
    """Return a path without ``..``."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _relative(target: str, folder: PurePosixPath) -> str:
    """Return a path relative to a folder of the site."""
    up = [".."] * (0 if folder == PurePosixPath() else len(folder.parts))
    return "/".join([*up, target])
