"""`color_shots`: order of the frames, number of shots under way, and the end of every thread."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from cartoonize.coloring import shots as shots_module
from cartoonize.coloring.pipeline import begun
from cartoonize.coloring.shots import ShotStream, color_shots
from cartoonize.frames import Frame

GREY = np.zeros((4, 4), np.uint8)


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Check that every thread that a test starts has ended."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def film(lengths):
    """Yield frames of shots of these lengths."""
    index = 0
    for shot, n_frames in enumerate(lengths):
        for _ in range(n_frames):
            yield Frame(index, index, GREY, GREY, drawing=index, shot=shot)
            index += 1


def in_thread(shot):
    """Colour a shot in a thread of its own that takes all frames first, as tracks do."""

    def painted():
        yield from list(begun(shot))

    work = begun(painted())
    return ShotStream(work, work)


def frame_by_frame(shot):
    """Colour a shot in a thread of its own, frame by frame."""
    work = begun(shot)
    return ShotStream(work, work)


def on_demand(shot):
    """Take the frames only when they are asked for, as a cached shot does."""
    work = (frame for frame in shot)
    return ShotStream(work, work)


def mixed(shot):
    """Colour shots in turn in each of these ways."""
    return (in_thread, frame_by_frame, on_demand)[shot.number % 3](shot)


@pytest.mark.parametrize("color", [in_thread, frame_by_frame, on_demand, mixed])
@pytest.mark.parametrize("lengths", [[], [1], [5], [1] * 60, [1, 30, 1, 1, 2, 20] * 4])
def test_frames_are_yielded_in_order(color, lengths):
    frames = list(color_shots(film(lengths), color))
    assert [frame.index for frame in frames] == list(range(sum(lengths)))
    assert [frame.shot for frame in frames] == [k for k, n in enumerate(lengths) for _ in range(n)]


def test_each_shot_is_coloured_once_with_its_first_frame():
    begun_shots = []

    def color(shot):
        begun_shots.append((shot.number, shot.start))
        return mixed(shot)

    lengths = [3, 1, 2, 7, 1]
    list(color_shots(film(lengths), color))
    assert begun_shots == [(0, 0), (1, 3), (2, 4), (3, 6), (4, 13)]


@pytest.mark.parametrize("color", [in_thread, frame_by_frame, on_demand, mixed])
def test_at_most_two_shots_are_under_way(color):
    under_way, most = set(), 0

    def counted(shot):
        nonlocal most
        under_way.add(shot.number)
        most = max(most, len(under_way))
        stream = color(shot)

        def frames():
            yield from stream.frames
            under_way.discard(shot.number)

        return ShotStream(frames(), stream.work)

    for frame in color_shots(film([2] * 30), counted):
        if frame.index % 7 == 0:
            time.sleep(0.01)  # lets the threads run ahead
    assert most == shots_module._N_UNDER_WAY == 2


def test_the_next_shot_begins_while_the_first_one_is_painted():
    second_has_begun = threading.Event()

    def color(shot):
        if shot.number == 1:
            second_has_begun.set()

        def painted():
            frames = list(begun(shot))
            assert second_has_begun.wait(10)
            yield from frames

        work = begun(painted())
        return ShotStream(work, work)

    assert len(list(color_shots(film([4, 4]), color))) == 8


@pytest.mark.parametrize("color", [in_thread, frame_by_frame, on_demand, mixed])
@pytest.mark.parametrize("n_taken", [0, 1, 2, 5, 6, 11])
def test_closing_early_ends_every_thread(color, n_taken):
    closed = []

    def endless():
        try:
            yield from film([2] * 1_000_000)
        finally:
            closed.append(True)

    stream = color_shots(endless(), color)
    for _ in range(n_taken):
        next(stream)
    stream.close()
    assert closed == [True] * (n_taken > 0)


@pytest.mark.parametrize("color", [in_thread, frame_by_frame, on_demand, mixed])
@pytest.mark.parametrize("n_good", [0, 1, 3, 10])
def test_an_error_of_the_source_is_raised_after_the_frames_before_it(color, n_good):
    def damaged():
        for number, frame in enumerate(film([3] * 10)):
            if number == n_good:
                raise LookupError("damaged")
            yield frame

    taken = []
    with pytest.raises(LookupError, match="damaged"):
        for frame in color_shots(damaged(), color):
            taken.append(frame.index)
    n_complete = max(n_good - 1, 0) // 3 * 3  # a shot is complete when a frame of the next one has come
    assert taken == list(range(len(taken))) and n_complete <= len(taken) <= n_good


@pytest.mark.parametrize("wrapped", [in_thread, frame_by_frame, on_demand])
@pytest.mark.parametrize("bad_shot", [0, 1, 2, 7])
def test_an_error_in_a_stream_is_raised_and_ends_every_thread(wrapped, bad_shot):
    def color(shot):
        if shot.number != bad_shot:
            return wrapped(shot)

        def failing():
            for frame in shot:
                if frame.index % 3 == 1:
                    raise LookupError("no colours")
                yield frame

        work = begun(failing()) if wrapped is not on_demand else failing()
        return ShotStream(work, work)

    taken = []
    with pytest.raises(LookupError, match="no colours"):
        for frame in color_shots(film([3] * 12), color):
            taken.append(frame.index)
    assert taken == list(range(3 * bad_shot + 1))


@pytest.mark.parametrize("other", [in_thread, frame_by_frame, on_demand])
@pytest.mark.parametrize("bad_shot", [0, 1, 2, 7])
def test_an_error_of_the_colour_function_is_raised_and_ends_every_thread(other, bad_shot):
    """It may be called in the thread that takes the frames of the shot before."""

    def color(shot):
        if shot.number == bad_shot:
            raise LookupError("no networks")
        return other(shot)

    taken = []
    with pytest.raises(LookupError, match="no networks"):
        for frame in color_shots(film([3] * 12), color):
            taken.append(frame.index)
    assert taken == list(range(len(taken))) and len(taken) <= 3 * bad_shot


def test_an_error_of_the_consumer_ends_every_thread():
    with pytest.raises(LookupError):
        for frame in color_shots(film([3] * 12), mixed):
            if frame.index == 7:
                raise LookupError("enough")
