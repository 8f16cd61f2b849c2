"""Memory does not grow with the length of a film."""

import subprocess
import sys

import numpy as np
import pytest

from tests.support.recordings import write_recording

pytestmark = pytest.mark.video

SCRIPT = """
import resource, sys
from pathlib import Path
from cartoonize.video import open_source

peaks = []
with open_source(Path(sys.argv[1])) as source:
    for frame in source.frames():
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
print(peaks[40], peaks[-1])
"""


@pytest.mark.parametrize(("format", "codec"), [("matroska", "libx264"), ("vob", "mpeg2video")])
def test_memory_does_not_grow_with_the_number_of_frames(tmp_path, format, codec):
    """A frame has 0.5 MB here, so that 110 frames that stay would be seen."""
    pictures = (np.full((480, 640, 3), 50 + number, np.uint8) for number in range(150))
    options = {"preset": "ultrafast"} if codec == "libx264" else {}
    path = write_recording(
        tmp_path / "film", format=format, codec=codec, pictures=pictures, options=options, gop=12
    )
    done = subprocess.run([sys.executable, "-c", SCRIPT, path], capture_output=True, text=True, check=True)
    early, last = map(float, done.stdout.split())
    assert last - early < 25
