"""``cartoonize review``."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.support import ROOT


@pytest.fixture
def start(tmp_path):
    """Return a function that starts the command in a process, and returns it with its first line."""
    servers = []

    def start(*arguments, **environment):
        command = [sys.executable, "-m", "cartoonize", "review", "-w", str(tmp_path / "work"), *arguments]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), **environment}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        server = subprocess.Popen(command, env=env, **pipes)
        servers.append(server)
        return server, server.stdout.readline().strip()

    yield start
    for server in servers:
        server.kill()
        server.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_one_line_and_ends_in_order_with_a_page_open(start, number, tmp_path):
    server, address = start("--no-browser")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{40,}", address)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address.partition("?")[0])
    assert refused.value.code == 403 and "`cartoonize review`" in refused.value.read().decode()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    assert "<title>cartoonize review</title>" in opener.open(address).read().decode()
    events = opener.open(address.partition("?")[0] + "events")
    assert events.readline() == b": connected\n"
    started = time.monotonic()
    server.send_signal(number)
    out, err = server.communicate(timeout=20)
    assert server.returncode == 0 and time.monotonic() - started < 10
    assert out == "" and err == ""
    assert not (tmp_path / "work").exists()  # looking writes nothing


def test_the_browser_opens(start, tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    _, address = start(BROWSER=str(browser))
    end = time.monotonic() + 20
    while not ((tmp_path / "opened").exists() and (tmp_path / "opened").read_text()):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert (tmp_path / "opened").read_text().strip() == address


def test_the_address_as_json_and_a_given_port(start):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    server, line = start("--no-browser", "--json", "--port", str(port))
    assert json.loads(line)["address"].startswith(f"http://127.0.0.1:{port}/?token=")
    server.terminate()


def test_another_host_is_warned_of_and_still_needs_the_token(start):
    server, address = start("--no-browser", "--host", "0.0.0.0")
    assert address.startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(address.partition("?")[0])
    server.terminate()
    assert "Other machines can reach the page at 0.0.0.0" in server.communicate(timeout=20)[1]


def test_wrong_usage(fails, misused, tmp_path):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        fails("review", "--no-browser", "--port", port, "-w", tmp_path, words=[f"127.0.0.1:{port}", "--port"])
    fails(
        "review", "--no-browser", "--host", "no.such.host.invalid", "-w", tmp_path, words=["--host"], code=2
    )
    misused("review", "--port", "70000", words=["70000"])
