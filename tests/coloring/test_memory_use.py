"""Memory use does not depend on the length of a film."""

import json
import subprocess
import sys

import numpy as np
import pytest

from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.registry import VARIANTS
from cartoonize.video import write_film

MEASURED = """
import json, resource, sys
from cartoonize.cli.main import root
root.main(sys.argv[1:], standalone_mode=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def film(path, seconds):
    def pictures():
        y, x = np.mgrid[:240, :320]
        for second in range(seconds):
            picture = np.where((y < 140)[..., None], [120, 180, 250], [60, 160, 70]).astype(np.uint8)
            picture[(x - 40 - second % 240) ** 2 + (y - 120) ** 2 < 900] = (220, 60, 40)
            for _ in range(12):
                yield picture

    sound = np.zeros((44100 * seconds, 1), np.float32)
    write_film(path, pictures(), frame_rate=12, sound=sound)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_four_minutes_need_the_memory_of_one(tmp_path):
    model = VARIANTS["plain"].build(0.25)
    header = {"variant": "plain", "width": 0.25, "luminance": "grey"}
    write_checkpoint(tmp_path / "model.safetensors", model.state_dict(), header)
    peaks = {}
    for minutes in (1, 4):
        source = tmp_path / f"{minutes}.mkv"
        film(source, 60 * minutes)
        arguments = ["colorize", str(source), "--checkpoint", str(tmp_path / "model.safetensors")]
        arguments += ["--refine", "grow", "-w", str(tmp_path / "w"), "--json", "--device", "cpu"]
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *arguments], check=True, capture_output=True, text=True
        )
        summary, peak = done.stdout.strip().splitlines()
        assert json.loads(summary)["outputs"][0]["n_frames"] == minutes * 720
        peaks[minutes] = int(peak)
    assert peaks[4] < 1.1 * peaks[1], peaks
