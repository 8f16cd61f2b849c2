"""Separate hosts on one machine: network namespaces that a bridge connects."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

#: Hosts have the addresses 10.77.0.1, 10.77.0.2 and so on.
_NETWORK = "10.77.0"


class Host:
    """A host with a network of its own.

    Parameters
    ----------
    name : str
        Name of its namespace.
    address : str
        Its IP address, which the other hosts reach.
    """

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address = name, address
        self.instead: dict[Path, Path] = {}
        """Folders that this host sees under the path of another one."""

    def start(self, *command: object, log: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own; its output goes to a file."""
        mounts = [
            f"mount --bind {shlex.quote(str(own))} {shlex.quote(str(there))}"
            for there, own in self.instead.items()
        ]
        line = " && ".join([*mounts, f"exec {shlex.join(map(str, command))}"])
        with log.open("wb") as output:
            return subprocess.Popen(
                ["ip", "netns", "exec", self.name, "sh", "-c", line],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **env},
                start_new_session=True,
            )

    def limit(self, rate: str) -> None:
        """Limit what the host sends to a rate, such as ``8mbit``."""
        _ip("netns", "exec", self.name, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", rate,
            "burst", "16kbit", "latency", "400ms")  # fmt: skip


def why_not() -> str:
    """Return why this machine cannot have hosts; "" if it can."""
    if not (shutil.which("ip") and shutil.which("tc")):
        return "needs the program `ip` of iproute2"
    name = f"cz{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode:
        return "needs the right to make network namespaces"
    _ip("netns", "del", name)
    return ""


@contextmanager
def connected_hosts(*names: str) -> Iterator[list[Host]]:
    """Make hosts on one network, and remove them at the end."""
    switch = f"cz{os.getpid()}-switch"
    made = [switch]
    _ip("netns", "add", switch)
    try:
        _ip("-n", switch, "link", "add", "br0", "type", "bridge")
        _ip("-n", switch, "link", "set", "br0", "up")
        hosts = []
        for number, name in enumerate(names, 1):
            host = Host(f"cz{os.getpid()}-{name}", f"{_NETWORK}.{number}")
            _ip("netns", "add", host.name)
            made.append(host.name)
            port = f"port{number}"
            _ip(
                "link",
                "add",
                "eth0",
                "netns",
                host.name,
                "type",
                "veth",
                "peer",
                "name",
                port,
                "netns",
                switch,
            )
            _ip("-n", switch, "link", "set", port, "master", "br0", "up")
            _ip("-n", host.name, "address", "add", f"{host.address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _ip("-n", host.name, "link", "set", device, "up")
            hosts.append(host)
        yield hosts
    finally:
        for name in made:
            _ip("netns", "del", name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
