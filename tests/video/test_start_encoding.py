"""Encoders leave the scheduling of the program alone."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from cartoonize.video.film import write_film

TASKS = Path("/proc/self/task")


@pytest.mark.video
@pytest.mark.skipif(not TASKS.is_dir(), reason="only Linux has these priorities")
@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "ffv1"])
def test_an_encoder_gives_no_thread_real_time_priority(tmp_path, codec):
    """SVT-AV1 does, if root uses it."""
    seen = set()

    def pictures():
        for _ in range(3):
            yield np.zeros((128, 128, 3), np.uint8)
            seen.update(os.sched_getscheduler(int(task.name)) for task in TASKS.iterdir())

    write_film(tmp_path / "a.mkv", pictures(), frame_rate=25, codec=codec)
    assert seen == {os.SCHED_OTHER}
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
