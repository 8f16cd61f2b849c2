"""Estimate of the time of a training, measured on its first updates."""

from __future__ import annotations

from cartoonize.reporting import Reporter, duration

#: Number of updates that are measured, after one that is slower than the others.
_N_MEASURED = 5
#: Longest training without a warning, in seconds.
_LONG = 3600.0


class Estimate:
    """Reports how long a training takes, once, after its first updates.

    Parameters
    ----------
    name : str
        Name of the training.
    n_updates : int
        Length of the training.
    n_done : int
        Number of updates that were made before, if the training is resumed.
    seconds : float
        Time of these updates.
    minutes : float or None
        Limit of the training time.
    """

    def __init__(self, name: str, n_updates: int, n_done: int, seconds: float, minutes: float | None) -> None:
        self._name, self._n_updates, self._first = name, n_updates, n_done
        self._seconds_left = None if minutes is None else 60 * minutes - seconds
        self._since = seconds

    def after_update(self, update: int, seconds: float, reporter: Reporter) -> None:
        """Report the estimate, if enough updates were made.

        Parameters
        ----------
        update : int
            Number of updates done.
        seconds : float
            Time of training so far.
        reporter : Reporter
        """
        if update == self._first + 1:
            self._since = seconds
        if update == self._first + 1 + _N_MEASURED:
            self._report((seconds - self._since) / _N_MEASURED, reporter)

    def _report(self, seconds_per_update: float, reporter: Reporter) -> None:
        n_left = self._n_updates - self._first
        whole = n_left * seconds_per_update
        what = f"{n_left:,} more updates" if self._first else f"{n_left:,} updates"
        if self._seconds_left is not None and self._seconds_left < whole:
            n_possible = round(self._seconds_left / seconds_per_update)
            reporter.info(
                f"Training {self._name}: {what} would take about {duration(whole)} on this machine; the limit"
                f" of minutes ends it after about {n_possible:,}."
            )
            return
        reporter.info(f"Training {self._name}: {what}, about {duration(whole)} on this machine.")
        if whole > _LONG:
            reporter.warning(
                f"{self._name}: the training takes about {duration(whole)}. To shorten it, use fewer updates"
                " (--updates), a smaller network (--width), a limit (--minutes) or a GPU."
            )
