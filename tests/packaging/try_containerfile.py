"""Run each step of the Containerfile in a plain Debian root, and try the result.

It needs Linux and root, but no container engine::

    debootstrap --variant=minbase bookworm /var/tmp/root
    python tests/packaging/try_containerfile.py /var/tmp/root

Arguments such as ``TORCH=torch==2.13.0`` are build arguments. The root shares pip's environment variables
with this machine, and the files and folders that they name.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).parents[2]
#: What the root shares with this machine, in addition to what pip's variables name.
SHARED = ("/proc", "/dev", "/etc/resolv.conf", "/etc/hosts")
#: What is tried in the finished container.
COMMANDS = (
    "doctor",
    "sample series --episodes 2 --seconds 3 --height 120",
    "colorize series/episode1.mkv --variant grey",
    "run no-such-recipe",
)


@dataclass
class Container:
    """A Debian root with the state that the steps change."""

    root: Path
    options: dict[str, str]
    folder: str = "/"
    entry: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    )

    def at(self, path: str) -> Path:
        """Return where a path of the container lies on this machine."""
        return self.root / path.lstrip("/")

    def share(self, path: str, target: str, stack: ExitStack) -> None:
        """Mount a file or folder of this machine until the stack is closed."""
        place = self.at(target)
        if Path(path).is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        subprocess.run(["mount", "--bind", path, place], check=True)
        stack.callback(subprocess.run, ["umount", "-l", place], check=True)

    def step(self, word: str, text: str) -> None:
        """Run one instruction."""
        name, _, value = text.partition("=")
        match word:
            case "FROM" if text.startswith("debian:"):
                pass
            case "ARG":
                if value := self.options.get(name, value):
                    self.environment[name] = value
            case "ENV":
                self.environment[name] = value
            case "COPY":
                *sources, target = shlex.split(text)
                for source in sources:
                    self.copy(source, target)
            case "RUN":
                self.call(["sh", "-c", text])
            case "WORKDIR":
                self.folder = text
                self.at(text).mkdir(parents=True, exist_ok=True)
            case "ENTRYPOINT":
                self.entry = json.loads(text)
            case _:
                raise ValueError(f"unknown instruction: {word} {text}")

    def copy(self, source: str, target: str) -> None:
        """Copy a file into a folder, or a folder to another name."""
        if (SOURCE / source).is_dir():
            shutil.copytree(SOURCE / source, self.at(target), ignore=shutil.ignore_patterns("__pycache__"))
        else:
            self.at(target).mkdir(parents=True, exist_ok=True)
            shutil.copy(SOURCE / source, self.at(target))

    def call(self, command: list[str], user: str = "0:0", expected: int = 0) -> None:
        """Call a command inside. It gets nothing of this machine's environment."""
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        chroot = ["chroot", f"--userspec={user}", str(self.root), "env", "-i", "-C", self.folder]
        code = subprocess.run([*chroot, *variables, *command]).returncode
        assert code == expected, f"{command}: exit code {code}"


def main(root: Path, *arguments: str) -> None:
    """Run the steps, and then the commands as root and as another user."""
    container = Container(root, dict(argument.split("=", 1) for argument in arguments))
    with ExitStack() as stack:
        for path in SHARED:
            container.share(path, path, stack)
        for name, value in os.environ.items():
            if name.startswith("PIP_"):
                is_shared = value.startswith("/") and Path(value).exists()
                container.environment[name] = f"/shared{value}" if is_shared else value
                if is_shared:
                    container.share(value, f"/shared{value}", stack)
        for word, text in steps((SOURCE / "Containerfile").read_text()):
            print(f"--- {word} {text}", flush=True)
            container.step(word, text)
        for user in ("0:0", "1000:1000"):
            try_commands(container, user)


def steps(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Containerfile as pairs of instruction and argument."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined)]


def try_commands(container: Container, user: str) -> None:
    """Draw a series and colour an episode in a folder that belongs to a user."""
    work = container.folder
    container.folder = f"{work}/{user.partition(':')[0]}"
    container.at(container.folder).mkdir()
    shutil.rmtree(
        container.at("/tmp/numba"), ignore_errors=True
    )  # every run of a container starts without it
    os.chown(container.at(container.folder), *(int(part) for part in user.split(":")))
    for command in COMMANDS:
        print(f"--- as {user}: {' '.join(container.entry)} {command}", flush=True)
        expected = 2 if command == "run no-such-recipe" else 0  # it lists the recipes
        container.call([*container.entry, *command.split()], user, expected)
    assert any(path.stat().st_size for path in container.at(container.folder).glob("out/episode1.m*"))
    container.folder = work


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
