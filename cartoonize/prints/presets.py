"""What a black-and-white print is like, as data, and PRINTS: the prints that have names.

The thesis (4.1.5) tests on episodes that exist only in black and white, whose grey is not the one that a
network was trained on. Such a second film cannot be scored, since its colours are not known. A print that is
made from a coloured episode can.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from cartoonize.errors import UnknownNameError, UsageError

#: Shares of red, green and blue in luma Y' (ITU-R BT.601).
REC601 = (0.299, 0.587, 0.114)

_RANGES = {
    "gamma": (0.2, 5.0),
    "gain": (0.1, 3.0),
    "offset": (-0.5, 0.5),
    "softness": (0.0, 10.0),
    "grain": (0.0, 0.5),
    "grain_size": (0.3, 5.0),
    "specks": (0.0, 500.0),
    "scratches": (0.0, 50.0),
    "weave": (0.0, 40.0),
    "seed": (0, 2**32 - 1),
}


@dataclass(frozen=True, slots=True)
class Print:
    """How a print differs from the plain grey copy of a coloured picture, in the order in which it happens.

    Lengths are in pixels of a picture 480 lines high and grow with the picture, so that a print looks the
    same at any size. Grey is in 0..1.
    """

    weights: tuple[float, float, float] = REC601
    """Shares of red, green and blue (of the sRGB code values) in grey, each 0..1, together 1."""
    softness: float = 0.0
    """Standard deviation of the blur, 0..10 pixels."""
    gamma: float = 1.0
    """Exponent on grey, 0.2..5: above 1 the middle is darker."""
    gain: float = 1.0
    """Contrast around middle grey, 0.1..3."""
    offset: float = 0.0
    """Added to grey, -0.5..0.5."""
    grain: float = 0.0
    """Standard deviation of the noise on middle grey, 0..0.5; it falls to nothing in black and white."""
    grain_size: float = 1.0
    """Standard deviation of a grain's blot, 0.3..5 pixels."""
    specks: float = 0.0
    """Mean number of specks of dust in a frame, 0..500; they differ from frame to frame."""
    scratches: float = 0.0
    """Mean number of scratches in a frame, 0..50; each stays for some frames."""
    weave: float = 0.0
    """How far the picture sways in the gate along each axis, 0..40 pixels; moved by whole pixels, so that it
    does not blur."""
    seed: int = 0
    """Of grain, dirt and weave."""

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(
                    f"{name.replace('_', ' ')} {value:g} of a print is out of range",
                    f"Give {low:g} to {high:g}.",
                )
        shares = " ".join(f"{share:g}" for share in self.weights)
        if not all(0 <= share <= 1 for share in self.weights) or abs(sum(self.weights) - 1) > 0.005:
            raise UsageError(
                f"weights {shares} of a print are no shares of red, green and blue",
                "Give three numbers from 0 to 1 that sum to 1.",
            )

    @property
    def described(self) -> str:
        """What differs from the plain grey copy, in words."""
        parts = []
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "weights" and value != REC601:
                parts.append("red {:g}, green {:g}, blue {:g}".format(*value))
            elif field.name not in ("weights", "seed", "grain_size") and value != field.default:
                parts.append(f"{field.name} {value:g}")
        return "; ".join(parts) or "Rec.601 grey of the coloured picture"


#: ``own`` is the plain copy by Rec.601, also of a film that is coded by Rec.709; the next seven change
#: one thing each; ``worn`` is an old film: all of them at once, moderately.
PRINTS: dict[str, Print] = {
    "own": Print(),
    "weights": Print(weights=(0.04, 0.46, 0.5)),  # orthochromatic stock: blind to red
    "gamma": Print(gamma=1.3),
    "contrast": Print(gain=0.65, offset=0.06),
    "softness": Print(softness=2.0),
    "grain": Print(grain=0.05),
    "dirt": Print(specks=30, scratches=3),
    "weave": Print(weave=6),
    "worn": Print(
        weights=(0.15, 0.5, 0.35),
        softness=0.9,
        gamma=1.2,
        gain=0.85,
        offset=0.03,
        grain=0.025,
        specks=12,
        scratches=1,
        weave=3,
    ),
}


def find_print(name: str) -> Print:
    """Return a print by name.

    Raises
    ------
    UnknownNameError
        With the list of known names.
    """
    if name not in PRINTS:
        raise UnknownNameError("print", name, PRINTS)
    return PRINTS[name]
