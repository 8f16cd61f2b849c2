"""The speed of this machine."""

import pytest
import torch

from cartoonize.methods.registry import VARIANTS
from cartoonize.tasks import machine_speed
from cartoonize.tasks.machine_speed import measure_speed
from cartoonize.tasks.train import default_network


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(machine_speed, "WIDTH", 0.125)
    monkeypatch.setattr(machine_speed, "_ENOUGH", 1.0)


def test_an_update_takes_longer_than_a_drawing():
    speed = measure_speed("cpu")
    assert 0 < speed.drawing_seconds < speed.update_seconds < 60
    assert speed.variant == default_network()
    assert speed.n_updates == VARIANTS[speed.variant].updates
    assert speed.training_minutes == pytest.approx(speed.n_updates * speed.update_seconds / 60)


@pytest.mark.parametrize("bfloat16", [False, True])
def test_what_would_help(bfloat16):
    wishes = machine_speed._faster(torch.device("cpu"), bfloat16, 2)
    assert "a GPU" in wishes and "more cores than 2" in wishes
    assert any("bfloat16" in wish for wish in wishes) is not bfloat16
    assert machine_speed._faster(torch.device("cuda"), True, 2) == []


def test_doctor_reports_the_speed(cartoonize, tmp_path):
    outcome = cartoonize("doctor", "-w", tmp_path, "--device", "cpu", "--json")
    assert outcome.code == 0
    speed = outcome.json["speed"]
    assert speed["update_seconds"] > 0 and speed["n_updates"] == 1500 and speed["device"] == "cpu"
    assert "for an update of a training" in outcome.err and "1,500 updates, about" in outcome.err
    assert "Faster with a GPU" in outcome.err


@pytest.mark.parametrize("load, is_busy", [(0.1, False), (50.0, True)])
def test_a_busy_machine_is_told(cartoonize, monkeypatch, load, is_busy):
    monkeypatch.setattr(machine_speed.os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(machine_speed, "_time_updates", lambda trainer: 1.0)
    outcome = cartoonize("doctor", "--device", "cpu", "--json")
    assert outcome.json["speed"]["is_busy"] is is_busy and "about 25 min at this speed" in outcome.err
    assert ("Other programs" in outcome.err) is is_busy


def test_doctor_survives_a_broken_measurement(cartoonize, monkeypatch):
    def broken(*_):
        raise RuntimeError("no kernel\nat all")

    monkeypatch.setattr(machine_speed, "_trainer", broken)
    outcome = cartoonize("doctor", "--json")
    assert outcome.code == 0 and outcome.json["speed"] is None and outcome.json["checks"]
    assert "RuntimeError: no kernel" in outcome.err


def test_doctor_survives_a_device_that_is_missing(cartoonize, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    outcome = cartoonize("doctor", "--device", "cuda", "--json")
    assert outcome.code == 0 and outcome.json["speed"] is None
    assert "no CUDA device is available" in outcome.err
