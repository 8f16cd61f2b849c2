"""A video may have one frame or two, whatever the encoder's memory held before."""

import os
import subprocess
import sys

import av
import pytest

pytestmark = pytest.mark.video

_EXPORT = """
import sys
from fractions import Fraction
import numpy as np
from cartoonize.frames import Frame, VideoFormat
from cartoonize.video import open_writer

path, codec, n_frames = sys.argv[1:]
form = VideoFormat(height=128, width=256, time_base=Fraction(1, 25), frame_rate=Fraction(25))
white = np.full((128, 256), 235, np.uint8)
with open_writer(path, form, codec=codec) as writer:
    for i in range(int(n_frames)):
        writer.write(Frame(i, i, white, white, duration=1))
"""


@pytest.mark.parametrize("n_frames", [1, 2, 3, 4])
@pytest.mark.parametrize("codec", ["h264", "h265", "av1"])
def test_times_do_not_come_from_memory_that_nobody_wrote(tmp_path, codec, n_frames):
    """A time that the encoder does not set is far away, as glibc fills new memory with MALLOC_PERTURB_."""
    path = tmp_path / "out.mkv"
    command = [sys.executable, "-c", _EXPORT, str(path), codec, str(n_frames)]
    subprocess.run(command, check=True, env=os.environ | {"MALLOC_PERTURB_": "1"})
    with av.open(str(path)) as container:
        times = [float(picture.pts * picture.time_base) for picture in container.decode(video=0)]
    assert times == pytest.approx([i / 25 for i in range(n_frames)], abs=0.001)
