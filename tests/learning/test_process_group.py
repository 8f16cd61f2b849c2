"""Several processes that train together, started as torchrun does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
import torch
from safetensors.torch import load_file

from cartoonize.errors import CartoonizeError, UsageError
from cartoonize.learning.process_group import ALONE, ProcessGroup, join_process_group
from cartoonize.methods.checkpoint import read_header
from tests.support import ROOT
from tests.support.files import tree

SMALL = ("--width", "0.125", "--batch-size", "4", "--precision", "float32")
SHORT = (*SMALL, "--variant", "plain-dropout", "--accumulate", "2", "--epochs", "1", "--ema", "0.5", "--json")
LONG = (*SMALL, "--variant", "plain-l2", "--accumulate", "2")

#: Without numbers of threads, because tests that start dask.distributed leave others in it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}


@pytest.fixture
def together():
    """Return a function that starts processes with torchrun's variables, faster than torchrun itself."""
    with ExitStack() as running:

        def start(n_processes, *arguments):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            started = []
            for rank in range(n_processes):
                own = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": n_processes}
                where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
                threads = {"OMP_NUM_THREADS": torch.get_num_threads()}  # on which the draws of dropout depend
                environment = {name: str(value) for name, value in {**own, **where, **threads}.items()}
                process = subprocess.Popen(
                    [sys.executable, "-m", "cartoonize", *map(str, arguments)],
                    env={**ENVIRONMENT, "PYTHONPATH": str(ROOT), **environment},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
                running.callback(process.wait)
                running.callback(process.kill)
                started.append(process)
            return started

        yield start


def ended(processes):
    """Wait; return the exit codes, all of standard output, and the standard errors."""
    said = [process.communicate(timeout=120) for process in processes]
    return [process.returncode for process in processes], "".join(o for o, _ in said), [e for _, e in said]


def wait_for(path, processes):
    while not path.exists():
        assert all(process.poll() is None for process in processes), ended(processes)
        time.sleep(0.05)


def difference(one, other):
    """Return the largest difference of weights."""
    one, other = load_file(one), load_file(other)
    assert one.keys() == other.keys()
    return max(float((one[name].double() - other[name].double()).abs().max()) for name in one)


@pytest.fixture(autouse=True)
def quick_validation():
    """Validate on all frames, as the processes of `together` do."""


def test_two_processes_do_the_same_as_one(cartoonize, together, workspace):
    assert cartoonize("train", "-w", workspace.root, *SHORT).code == 0
    checkpoint, run = workspace.checkpoint("plain-dropout"), workspace.runs / "plain-dropout"
    alone = checkpoint.rename(workspace.root / "alone.safetensors")
    curves = json.loads((run / "curves.json").read_text())
    before = tree(workspace.root)

    codes, out, err = ended(together(2, "train", "-w", workspace.root, *SHORT))
    assert codes == [0, 0] and err[1] == "" and "Next: " in err[0]
    assert [r["variant"] for r in json.loads(out)["runs"]] == ["plain-dropout"]  # printed once
    assert set(tree(workspace.root)) == {*before, str(checkpoint.relative_to(workspace.root))}
    again = json.loads((run / "curves.json").read_text())
    assert again["losses"] == pytest.approx(curves["losses"], rel=1e-4) and len(again["losses"]) == 3
    assert len(again["validations"]) == 1
    # Three updates move a weight by up to 0.003, even where its gradient is a rounding error.
    assert difference(alone, checkpoint) < 3e-4


def test_all_are_interrupted_and_one_process_resumes(cartoonize, together, workspace):
    run = workspace.runs / "plain-l2"
    processes = together(2, "train", "-w", workspace.root, *LONG, "--epochs", "10000")
    wait_for(run / "state.safetensors", processes)  # after the first epoch
    processes[1].send_signal(signal.SIGINT)  # one is enough, on any machine
    codes, out, err = ended(processes)
    assert codes == [130, 130] and out == ""
    assert [line for line in "".join(err).splitlines() if line] == [
        "Interrupted. The training is kept up to its last update."
        " To continue, run the same command again, with --resume."
    ]
    assert [file.name for file in run.iterdir()] == ["state.safetensors"]

    reached = read_header(run / "state.safetensors")["progress"]
    n_epochs = reached["update"] // 3 + 1  # three updates each
    outcome = cartoonize("train", "-w", workspace.root, *LONG, "--epochs", str(n_epochs), "--resume")
    assert outcome.code == 0, outcome.err
    losses = json.loads((run / "curves.json").read_text())["losses"]
    assert len(losses) == 3 * n_epochs and losses[: reached["update"]] == reached["losses"]


@pytest.mark.fault(24)
def test_a_killed_process_ends_all_with_one_line(together, workspace):
    processes = together(2, "train", "-w", workspace.root, *LONG, "--epochs", "10000")
    wait_for(workspace.runs / "plain-l2" / "state.safetensors", processes)
    processes[1].kill()
    codes, _, err = ended(processes)
    assert codes == [1, -signal.SIGKILL]
    assert err[0].splitlines() == [
        "Error: another process of this training has ended or cannot be reached."
        " Look at its error; `train --resume` goes on."
    ]


def test_an_error_is_printed_once(together, workspace):
    before = tree(workspace.root)
    codes, out, err = ended(together(2, "train", "-w", workspace.root, *SMALL, "--accumulate", "3"))
    assert codes == [2, 2] and out == "" and len("".join(err).splitlines()) == 1
    assert "2 processes cannot share the 3 batches of an update" in "".join(
        err
    ) and "--accumulate" in "".join(err)
    assert tree(workspace.root) == before


def test_a_process_alone_is_a_group_of_one(monkeypatch):
    with join_process_group() as group:
        assert group == ALONE and group.is_first
        assert group.sum(1, 2.5) == [1, 2.5] and group.broadcast("word") == "word"
        assert group.local_device(torch.device("cuda")) == torch.device("cuda")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(CartoonizeError, match=r"RANK.*torchrun"), join_process_group():
        pass


def test_each_process_has_its_own_gpu(monkeypatch):
    current = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", current.append)
    second = ProcessGroup(rank=1, size=2, local_rank=1)
    assert second.local_device(torch.device("cuda")) == torch.device("cuda", 1) and current == [1]
    with pytest.raises(UsageError, match="2 processes cannot share cuda:1"):
        second.local_device(torch.device("cuda", 1))
    with pytest.raises(UsageError, match="more processes than GPUs"):
        ProcessGroup(rank=2, size=3, local_rank=2).local_device(torch.device("cuda"))


def test_an_exchange_between_gpus_does_not_wait_for_ever(monkeypatch):
    """NCCL only notices that a process has ended when a wait reaches its limit."""
    limits = []

    class Exchange:
        def wait(self, limit):
            limits.append(limit)
            raise RuntimeError("[Rank 0] Work timed out")

    class OnGpu(torch.Tensor):
        is_cuda = True

    monkeypatch.setattr(torch.distributed, "all_reduce", lambda tensor, async_op: Exchange())
    monkeypatch.setattr(torch, "cat", lambda tensors: tensors[0])
    group = ProcessGroup(rank=0, size=2)
    for tensor in (torch.zeros(2).as_subclass(OnGpu), torch.zeros(2)):
        with pytest.raises(CartoonizeError, match="another process of this training has ended"):
            group.all_reduce([tensor])
    assert limits[0] < timedelta(minutes=5) < timedelta(minutes=30) < limits[1]


@pytest.mark.slow
def test_under_torchrun_itself(workspace):
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "cartoonize"]
    done = subprocess.run(
        [sys.executable, *command, "train", "-w", str(workspace.root), *SHORT],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["runs"]) == 1 and workspace.checkpoint("plain-dropout").exists()
