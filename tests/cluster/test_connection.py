"""Connections to schedulers: bad addresses, missing workers, and what all jobs share."""

import os
import signal
import socket
import sys

import numpy as np
import pytest

from cartoonize.cluster import connection as clusters
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import RunOptions
from cartoonize.errors import ClusterError, UsageError
from cartoonize.tasks.colorize import colorize
from cartoonize.workspace import Workspace
from tests.support.reporters import Recorder
from tests.support.workers import options


@pytest.mark.filterwarnings("error")
def test_what_jobs_share_may_be_large_and_survives_its_worker(cluster):
    value = np.random.default_rng(0).integers(0, 256, 12 << 20).astype(np.uint8)
    with clusters.connected(cluster.scheduler_address, Recorder()) as workers:
        shared = workers.share(value)
        assert workers.share(value.copy()).key == shared.key  # by its content
        assert np.array_equal(shared.result(timeout=60), value)
        (holders,) = workers._client.who_has(shared).values()
        for process in workers._client.run(os.getpid, workers=list(holders)).values():
            os.kill(process, signal.SIGKILL)
        assert np.array_equal(workers._client.submit(np.copy, shared).result(timeout=60), value)


def test_without_dask_the_error_says_what_to_install(fails, folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    call = ("colorize", folder / "e1.mkv", "--variant", "grey", "-w", tmp_path)
    assert fails(*call, "--scheduler", "local[2]", words=["pip install 'cartoonize[cluster]'"], code=2)
    monkeypatch.undo()


def test_invalid_addresses_are_an_error(fails, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    call = ("colorize", folder / "e1.mkv", "--variant", "grey", "-w", tmp_path, "--scheduler")
    for address in ("local", "local[0]", "local[two]", "somewhere", "http://localhost:80"):
        fails(*call, address, words=[repr(address), "local[N]", "HOST:PORT"], code=2)
    fails(*call, "localhost:1", words=["no scheduler answers at localhost:1", "dask scheduler"])
    assert not (tmp_path / "out").exists()


def test_a_port_that_does_not_answer_is_an_error(fails, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    with socket.create_server(("localhost", 0)) as server:
        address = f"localhost:{server.getsockname()[1]}"
        call = ("colorize", folder / "e1.mkv", "--variant", "grey", "-w", tmp_path, "--scheduler", address)
        fails(*call, words=["no scheduler answers", address])


def test_a_scheduler_without_workers_is_an_error(folder, tmp_path, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    with (
        LocalCluster(n_workers=0, processes=True, dashboard_address="localhost:0") as empty,
        pytest.raises(ClusterError, match="has no workers.*dask worker"),
    ):
        colorize(
            Workspace(tmp_path),
            [folder / "e1.mkv"],
            choice=Choice(("grey",)),
            output=tmp_path / "x.mkv",
            run=RunOptions(empty.scheduler_address),
        )
    assert not (tmp_path / "x.mkv").exists()


def test_without_a_scheduler_dask_is_not_needed(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "dask", None)
    (done,) = colorize(
        Workspace(tmp_path), [folder / "e1.mkv"], choice=Choice(("grey",)), options=options(preview=3)
    )
    assert done.n_frames == 3
    with pytest.raises(UsageError, match="no distributed"):
        clusters.check_scheduler("local[1]")
