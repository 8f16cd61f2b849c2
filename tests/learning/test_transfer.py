"""Batches on their way to a GPU, which is pretended."""

import contextlib

import pytest
import torch

from cartoonize.learning.batches import training_batches
from cartoonize.learning.process_group import ALONE

GPU = torch.device("cuda")


class Streams:
    """Stand in for the streams of torch.cuda, and write down what happens on which."""

    def __init__(self):
        self.log, self.current = [], "default"

    def make(self, device):
        return Stream(self, "own")

    @contextlib.contextmanager
    def use(self, stream):
        before, self.current = self.current, stream.name
        yield
        self.current = before


class Stream:
    def __init__(self, streams, name):
        self.streams, self.name = streams, name

    def record_event(self):
        self.streams.log.append(("event", self.name))
        return f"event of {self.name}"

    def wait_event(self, event):
        self.streams.log.append(("wait", self.name, event))


class Array:
    """Stands in for a tensor on a GPU."""

    def __init__(self, streams):
        self.streams = streams

    def contiguous(self, memory_format):
        return self

    def is_pinned(self):
        return False

    def pin_memory(self):
        self.streams.log.append(("pinned",))
        return self

    def to(self, device, non_blocking=False):
        self.streams.log.append(("copied", self.streams.current, non_blocking))
        return self

    def record_stream(self, stream):
        self.streams.log.append(("used on", stream.name))


@pytest.fixture
def streams(monkeypatch):
    streams = Streams()
    monkeypatch.setattr(torch.cuda, "Stream", streams.make)
    monkeypatch.setattr(torch.cuda, "stream", streams.use)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: Stream(streams, streams.current))
    return streams


def test_batches_are_made_on_a_stream_of_their_own(streams):
    """On the default stream, each copy would wait for the network."""

    class Samples:
        def batch(self, number, size, device):
            return Array(streams), Array(streams)

        def labels_of(self, number, size):
            return Array(streams)

    batches = training_batches(Samples(), 4, first_update=0, n_own=1, device=GPU, group=ALONE)
    batch = next(batches)
    assert streams.log == [("pinned",), ("copied", "own", True), ("event", "own")]
    streams.log.clear()
    streams.current = "default"  # as in the thread of the trainer
    assert batch.received() is batch
    used = ("used on", "default")
    assert streams.log == [("wait", "default", "event of own"), used, used, used]
