"""Wheel and sdist: they build, and the wheel works in an environment without this checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

import cartoonize
from tests.support import ROOT

pytestmark = pytest.mark.slow
#: Folders of this checkout, and where the wheel installs them.
FOLDERS = {"cartoonize": "cartoonize", "pipelines": "cartoonize/pipelines"}
#: Everything that needs files of the package other than modules: the report's style and script, the recipes.
SMALL_RECIPE = """
[[stage]]
stage = "sample"
folder = "series"
episodes = 2
seconds = 3.0
height = 120

[[stage]]
stage = "extract"
sources = ["series/*.mkv"]

[[stage]]
stage = "split"

[[stage]]
stage = "colorize"
variants = ["grey"]
output = "out/grey.mp4"

[[stage]]
stage = "evaluate"
colorized = ["out/grey.mp4"]
reference = "episode1"
output = "reports/scores.json"

[[stage]]
stage = "report"
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist; return their folder."""
    pytest.importorskip("build", reason="needs the extra dev")
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty environment; return the folder of its commands.

    The dependencies are those of the running environment, found through a ``.pth`` file. Python does not read
    further ``.pth`` files there, so that an editable installation of this checkout has no effect.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    wheel = next(dist.glob("*.whl"))
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    paths = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (packages / "dependencies.pth").write_text("".join(f"{path}\n" for path in paths))
    return folder / "bin"


def run(*arguments: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def package_files() -> dict[str, str]:
    """Return where each file of the packages in this checkout is installed. Caches are left out."""
    return {
        path.relative_to(ROOT).as_posix(): f"{target}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, target in FOLDERS.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_all_files_of_the_packages(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert set(package_files().values()) <= names
    assert {Path(name).suffix for name in package_files()} >= {".py", ".toml", ".css", ".js", ".typed"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_puts_nothing_beside_the_package(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert tops == {"cartoonize", f"cartoonize-{cartoonize.__version__}.dist-info"}


def test_the_sdist_holds_all_that_the_wheel_is_made_of(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    assert sdist.name == f"cartoonize-{cartoonize.__version__}.tar.gz"
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert set(package_files()) | {"pyproject.toml", "setup.py", "README.md", "LICENSE"} <= names


def test_the_installed_command_has_this_version(installed: Path, tmp_path: Path) -> None:
    said = run(installed / "cartoonize", "--version", cwd=tmp_path)
    assert said.strip().endswith(cartoonize.__version__)
    where = run(installed / "python", "-c", "import cartoonize; print(cartoonize.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)


def test_the_installed_command_colours_a_picture(installed: Path, tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 64), np.uint8)
    cv2.imwrite(str(tmp_path / "picture.png"), picture)
    run(installed / "cartoonize", "colorize", "picture.png", "--variant", "grey", cwd=tmp_path)
    colored = cv2.imread(str(tmp_path / "out" / "picture.png"), cv2.IMREAD_COLOR)
    assert colored is not None and colored.shape == (48, 64, 3)
    assert np.abs(colored.astype(int) - picture[..., None]).max() <= 1


def test_the_installed_command_finds_its_recipes(installed: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [installed / "cartoonize", "run", "no-such-recipe"], capture_output=True, text=True, cwd=tmp_path
    )
    assert said.returncode == 2
    assert all(recipe.stem in said.stderr for recipe in (ROOT / "pipelines").glob("*.toml"))


def test_the_installed_command_draws_and_runs_a_recipe(installed: Path, tmp_path: Path) -> None:
    """Drawing, the page of a report and a recipe from a file need nothing of the checkout."""
    (tmp_path / "small.toml").write_text(SMALL_RECIPE)
    run(installed / "cartoonize", "run", "small.toml", "-w", "small", cwd=tmp_path)
    assert (tmp_path / "small" / "out" / "grey.mp4").stat().st_size
    assert "<svg" in next((tmp_path / "small" / "reports").glob("*.html")).read_text()
