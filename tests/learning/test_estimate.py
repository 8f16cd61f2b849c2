"""Estimates of the time of a training."""

from cartoonize.learning.estimate import Estimate
from tests.support.reporters import Recorder


def reported(estimate, seconds, first=0):
    """Return what is reported in ten updates that take some seconds each, except for the first one."""
    reporter = Recorder()
    for update in range(1, 11):
        estimate.after_update(first + update, 60.0 + seconds * update, reporter)
    return reporter


def test_the_first_update_does_not_count():
    reporter = reported(Estimate("series", 1500, 0, 0.0, None), 0.5)
    assert reporter.infos == ["Training series: 1,500 updates, about 12 min on this machine."]
    assert not reporter.warnings


def test_hours_are_a_warning_with_ways_out():
    reporter = reported(Estimate("plain", 1500, 0, 0.0, None), 12.0)
    assert reporter.infos == ["Training plain: 1,500 updates, about 5 h on this machine."]
    (warning,) = reporter.warnings
    assert all(word in warning for word in ("5 h", "--updates", "--width", "--minutes", "GPU"))


def test_a_limit_of_minutes_is_counted_in_updates():
    reporter = reported(Estimate("series", 1500, 0, 0.0, 5.0), 10.0)
    assert reporter.infos == [
        "Training series: 1,500 updates would take about 4 h 10 min on this machine; the limit of minutes"
        " ends it after about 30."
    ]
    assert not reporter.warnings
    assert "about 12 min on this machine." in reported(Estimate("x", 1500, 0, 0.0, 60.0), 0.5).infos[0]


def test_a_resumed_training_counts_what_is_left():
    reporter = reported(Estimate("series", 1500, 600, 60.0, None), 1.0, first=600)
    assert reporter.infos == ["Training series: 900 more updates, about 15 min on this machine."]


def test_a_short_training_says_nothing():
    reporter = Recorder()
    estimate = Estimate("series", 5, 0, 0.0, None)
    for update in range(1, 6):
        estimate.after_update(update, update, reporter)
    assert not reporter.infos
