"""Measured times of methods: how they are measured, not their values."""

import time

import torch

from cartoonize.methods.member import Member, fixed_member
from cartoonize.methods.registry import VARIANTS
from cartoonize.tasks.times import TimesOptions, time_members


class Sleeper(torch.nn.Module):
    """Takes 30 ms for each call, and more for the first one."""

    def __init__(self):
        super().__init__()
        self.n_calls = 0

    def forward(self, luminance):
        """Return grey after a pause."""
        time.sleep(0.03 if self.n_calls else 0.5)
        self.n_calls += 1
        return torch.zeros(len(luminance), 2, *luminance.shape[2:])


def test_seconds_for_one_image(films):
    sleeper = Member("sleeper", VARIANTS["grey"], Sleeper())
    members = [fixed_member("grey"), sleeper]
    times = time_members(members, films / "e1.mkv", options=TimesOptions(n_images=3, device="cpu"))
    assert times["n_images"] == 3 and "CPU" in times["hardware"]
    grey, slow = times["rows"]
    assert (grey["variant"], slow["variant"]) == ("grey", "sleeper")
    assert set(grey["refinements"]) == {"grow", "felzenszwalb"}
    # Each image is coloured once, and the first one twice. The half second of the first call does not count.
    assert sleeper.module.n_calls == 4
    assert 0.03 <= slow["seconds_per_image"] < 0.25 and grey["seconds_per_image"] < slow["seconds_per_image"]
