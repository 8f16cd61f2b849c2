"""The commands of docs/many-machines.md on separate hosts: a scheduler, three workers, and the command."""

import os
import shutil
import signal
import sys
import time

import cv2
import numpy as np
import pytest
import torch

from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.registry import VARIANTS
from cartoonize.video import write_film
from tests.support.cartoons import cartoon, in_grey
from tests.support.hosts import connected_hosts, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "can run")
ENV = {"OMP_NUM_THREADS": "1"}
DASK = (sys.executable, "-m", "dask")
N_SHOTS, N_FRAMES = 24, 3


@pytest.fixture
def series(tmp_path):
    """A grey film, a reference for it, and an empty workspace, in one folder."""
    folder = tmp_path / "series"
    folder.mkdir()
    pictures = [
        np.roll(cartoon(seed, (96, 128), n_shapes=8), 2 * k, 1)
        for seed in range(N_SHOTS)
        for k in range(N_FRAMES)
    ]
    write_film(folder / "grey.mkv", map(in_grey, pictures), frame_rate=12)
    cv2.imwrite(str(folder / "painted.png"), pictures[3][..., ::-1])
    torch.manual_seed(0)
    header = {"variant": "plain", "name": "plain", "width": 1 / 16, "luminance": "grey"}
    write_checkpoint(folder / "plain.safetensors", VARIANTS["plain"].build(1 / 16).state_dict(), header)
    return folder


def call(folder, output, *more):
    how = ("--checkpoint", folder / "plain.safetensors", "--refine", "tracks", "--codec", "ffv1")
    return (sys.executable, "-m", "cartoonize", "colorize", folder / "grey.mkv", *how, "--reference",
            folder / "painted.png", "-w", folder / "workspace", "-o", output, *more)  # fmt: skip


def ended(process, log, seconds=240):
    assert process.wait(seconds) == 0, log.read_text()


def cached(folder):
    return list(folder.glob("workspace/cache/shots/*/*/*.npz"))


@pytest.mark.fault(24)
@pytest.mark.parametrize(
    "shares",
    [pytest.param(True, marks=pytest.mark.slow, id="a shared folder"), pytest.param(False, id="copies")],
)
def test_a_scheduler_and_three_workers_on_four_hosts(series, tmp_path, shares):
    """One worker sends slowly, and one dies. The film is the one that one machine makes."""
    with connected_hosts("big", "one", "two", "three", "home") as (big, *workers, home):
        log = tmp_path / "home.log"
        ended(home.start(*call(series, tmp_path / "alone.mkv"), log=log, env=ENV), log)
        shutil.rmtree(series / "workspace")
        if not shares:
            for host in workers:  # they have copies of what they read
                copy = tmp_path / host.name
                shutil.copytree(series, copy)
                host.instead[series] = copy
        workers[1].limit("8mbit")
        at = f"tcp://{big.address}:8786"
        started = [big.start(*DASK, "scheduler", "--host", big.address, log=tmp_path / "big.log", env=ENV)]
        try:
            for host in workers:
                how = ("worker", at, "--nthreads", "1", "--no-dashboard", "--host", host.address)
                started.append(host.start(*DASK, *how, log=tmp_path / f"{host.name}.log", env=ENV))
            command = home.start(*call(series, tmp_path / "far.mkv", "--scheduler", at), log=log, env=ENV)
            started.append(command)
            until = time.monotonic() + 200
            while not cached(series) and command.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            os.killpg(started[3].pid, signal.SIGKILL)
            ended(command, log)
        finally:
            for process in started:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    assert (tmp_path / "alone.mkv").read_bytes() == (tmp_path / "far.mkv").read_bytes()
    assert len(cached(series)) == N_SHOTS
    said = log.read_text()
    assert f"{workers[2].address}:" in said and "is gone" in said and "Traceback" not in said
