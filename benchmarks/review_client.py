"""Review client: a review server in a process of its own, and the requests that its page sends."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np

#: Seconds between two looks at the state of the server.
_SPACING = 0.02


class ReviewClient:
    """A running review page, without a browser.

    Parameters
    ----------
    workspace : Path
        Workspace with coloured films.
    """

    def __init__(self, workspace: Path) -> None:
        command = [sys.executable, "-m", "cartoonize", "review", "-w", str(workspace), "--no-browser"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        found = None
        while found is None:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError("the server did not start")
            found = re.search(r"(http://[^/ ]+)/\?token=\S+", line)
        self._origin, self.address = found[1], found[0]
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._open = opener.open
        self._open(found[0]).read()

    @property
    def pid(self) -> int:
        """Process of the server."""
        return self._process.pid

    def __enter__(self) -> "ReviewClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    def get(self, address: str) -> Any:
        """Return the JSON of an address."""
        return json.loads(self._open(self._origin + address).read())

    def post(self, address: str, body: Any) -> Any:
        """Send JSON, and return the answer."""
        headers = {"Content-Type": "application/json", "Origin": self._origin}
        request = urllib.request.Request(self._origin + address, json.dumps(body).encode(), headers)
        try:
            return json.loads(self._open(request).read())
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{address}: {error.read().decode()}") from error

    def picture(self, address: str) -> np.ndarray:
        """Return a picture (height, width, 3), BGR 0..255."""
        data = np.frombuffer(self._open(self._origin + address).read(), np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert picture is not None
        return picture

    def act(self, kind: str, **arguments: Any) -> None:
        """Add an action to the journal."""
        version = self.get("/api/state")["version"]
        self.post("/api/actions", {"version": version, "kind": kind, "arguments": arguments})

    def paint(self, film: str, index: int, picture: np.ndarray) -> None:
        """Save what is painted on a frame, (256, 256, 4) BGRA with the colours of the whole frame."""
        height, width = self.picture(f"/canvas/{film}/{index}").shape[:2]
        full = cv2.resize(picture, (width, height), interpolation=cv2.INTER_NEAREST)
        headers = {"Content-Type": "image/png", "Origin": self._origin}
        address = f"{self._origin}/api/paintings?film={film}&frame={index}"
        request = urllib.request.Request(address, cv2.imencode(".png", full)[1].tobytes(), headers)
        content = json.loads(self._open(request).read())["content"]
        self.act("paint", film=film, name=f"{index:06d}.png", content=content)

    def ready(self, film: str, start: int) -> None:
        """Open a shot, and wait until it can be corrected and has the colours of all corrections."""
        while True:
            state = self.post(f"/api/shots/{film}/{start}/open", {})
            if state["error"]:
                raise RuntimeError(state["error"])
            if state["is_ready"] and not state["is_recoloring"]:
                return
            time.sleep(_SPACING)

    def finish(self, address: str) -> None:
        """Start a job and wait until it has ended."""
        self.post(address, {})
        while (job := self.get("/api/job"))["state"] in ("running", "stopping"):
            time.sleep(10 * _SPACING)
        if job["state"] != "finished":
            raise RuntimeError(job["error"] or job["state"])

    @property
    def memory(self) -> float:
        """Resident memory of the server in MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
