"""The walls of the house: who may import whom."""

import ast

import pytest

from tests.support import ROOT

HOUSE = ROOT / "cartoonize"
#: Every room may use these.
GROUND = {
    "errors",
    "frames",
    "reporting",
    "progress",
    "atomic",
    "limits",
    "devices",
    "prefetch",
    "recent",
    "optical_flow",
    "unsteadiness",
    "film_parts",
    "wipe_front",
}
#: What each room may import beside itself and the ground.
MAY_IMPORT = {
    "color": set(),
    "detect": set(),
    "video": {"detect"},
    "prints": set(),
    "workspace": set(),
    "refine": {"color"},
    "sample": {"color"},
    "report": {"color"},
    "metrics": {"color"},
    "annotations": {"color", "video"},
    "tracking": {"annotations", "color", "refine"},
    "methods": {"annotations", "color", "tracking"},
    "learning": {"color", "detect", "methods", "workspace"},
    "filters": {"annotations", "color", "detect", "methods", "refine", "tracking"},
    "coloring": {"annotations", "color", "filters", "methods", "tracking", "video", "workspace"},
    "cluster": {"coloring", "filters", "methods", "video", "workspace"},
    "tasks": {
        "annotations", "cluster", "color", "coloring", "detect", "filters", "learning", "methods", "metrics",
        "prints", "report", "sample", "tracking", "video", "workspace",
    },
    "recipes": {
        "annotations", "coloring", "detect", "filters", "learning", "methods", "prints", "sample", "tasks",
        "workspace",
    },
    "review": {
        "annotations", "color", "coloring", "filters", "recipes", "tasks", "tracking", "video", "workspace",
    },
    "cli": {
        "annotations", "coloring", "detect", "filters", "learning", "methods", "prints", "recipes", "review",
        "sample", "tasks", "tracking", "workspace",
    },
}  # fmt: skip
ALONE = {"click": "cli", "av": "video", "starlette": "review", "uvicorn": "review"}
HEAVY = {"torch", "sklearn", "skimage", "scipy", "cv2", "av", "numba", "rich"}
FILES = sorted(HOUSE.rglob("*.py"))


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(HOUSE)))
def test_imports_go_one_way(file):
    room = file.relative_to(HOUSE).parts[0].removesuffix(".py")
    for _, name in imports(ast.parse(file.read_text())):
        top, *rest = name.split(".")
        if top == "cartoonize" and rest and room in MAY_IMPORT:
            assert rest[0] in MAY_IMPORT[room] | GROUND | {room}, f"{room} imports {name}"
        if room in GROUND and top == "cartoonize" and rest:
            assert rest[0] in GROUND, f"{room} imports {name}"
        if top in ALONE:
            assert room == ALONE[top], f"{room} imports {top}"


def test_no_room_imports_itself_through_others():
    """Each room imports only rooms that stand before it in the table."""
    rooms = list(MAY_IMPORT)
    for number, room in enumerate(rooms):
        assert MAY_IMPORT[room] <= set(rooms[:number]), f"{room} imports a room that stands after it"


def test_every_folder_is_a_room():
    folders = {folder.name for folder in HOUSE.iterdir() if (folder / "__init__.py").exists()}
    assert folders <= set(MAY_IMPORT)


def test_no_test_file_imports_another_one_or_conftest():
    """Everything that test files share is in tests/support."""
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module or ''}.{alias.name}" for alias in node.names]
            for name in names:
                parts = name.split(".")
                assert not any(p == "conftest" or p.startswith("test_") for p in parts), (
                    f"{file.relative_to(ROOT)} imports {name}"
                )


def test_one_file_alone_reads_what_others_pickled():
    """And it reads tensors only."""
    said = {
        file.relative_to(HOUSE).as_posix(): ast.unparse(node)
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("torch.load", "pickle.load", "loads"))
        if "json" not in ast.unparse(node.func) and "toml" not in ast.unparse(node.func)
    }
    assert list(said) == ["methods/foreign_weights.py"]
    assert "weights_only=True" in said["methods/foreign_weights.py"]


@pytest.mark.parametrize(
    "folder", ["cli", "recipes", "tasks", "coloring", "cluster", "filters", "annotations"]
)
def test_what_lies_on_the_way_to_help_is_light(folder):
    light = [f for f in FILES if f.parts[len(HOUSE.parts)] == folder] + [
        HOUSE / name
        for name in (
            "workspace.py",
            "methods/registry.py",
            "methods/variant.py",
            "methods/member.py",
            "frames.py",
            "limits.py",
            "color/lab.py",
            "devices.py",
            "learning/process_group.py",
            "learning/training_data.py",
        )
    ]
    for file in light:
        for node in ast.parse(file.read_text()).body:
            names = {n.split(".")[0] for _, n in imports(ast.Module([node], []))}
            guarded = isinstance(node, ast.If)  # TYPE_CHECKING
            functions = isinstance(node, ast.FunctionDef | ast.ClassDef)
            assert guarded or functions or not names & HEAVY, f"{file.name} imports {names & HEAVY}"


def test_the_public_names_are_there_and_the_package_is_light():
    import subprocess
    import sys

    import cartoonize

    assert all(getattr(cartoonize, name) for name in cartoonize.__all__)
    heavy = f"import sys, cartoonize; print(sorted({HEAVY | {'numpy', 'click'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
