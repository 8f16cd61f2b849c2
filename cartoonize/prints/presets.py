"""Properties of black-and-white prints, and PRINTS, the table of presets.

The thesis (4.1.5) tests on episodes that exist only in black and white, whose grey differs from the grey that
the network was trained on. The results on such a film cannot be scored, because its colours are not known.
The results on a print made from a coloured episode can be scored.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from cartoonize.errors import UnknownNameError, UsageError

#: Shares of red, green and blue in luma Y' (ITU-R BT.601).
REC601 = (0.299, 0.587, 0.114)

#: Minimum and maximum of each property.
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
    """Differences of a print from the plain grey copy of a coloured picture, in the order of application.

    Lengths are in pixels of a picture of 480 lines and scale with the picture, so that a print looks the same
    at any size. Grey is in 0..1.

    Raises
    ------
    UsageError
        If a value is out of range.
    """

    weights: tuple[float, float, float] = REC601
    """Shares of the sRGB code values of red, green and blue in grey, each 0..1, with sum 1."""
    softness: float = 0.0
    """Standard deviation of the blur, 0..10 pixels."""
    gamma: float = 1.0
    """Exponent applied to grey, 0.2..5. Values above 1 darken the mid-tones."""
    gain: float = 1.0
    """Contrast around middle grey, 0.1..3."""
    offset: float = 0.0
    """Added to grey, -0.5..0.5."""
    grain: float = 0.0
    """Standard deviation of the noise on middle grey, 0..0.5. It falls to 0 towards black and white."""
    grain_size: float = 1.0
    """Standard deviation of the Gaussian shape of a grain, 0.3..5 pixels."""
    specks: float = 0.0
    """Mean number of specks of dust per frame, 0..500. Every frame has other specks."""
    scratches: float = 0.0
    """Mean number of scratches per frame, 0..50. A scratch stays for several frames."""
    weave: float = 0.0
    """Greatest shift of the picture in the gate along each axis, 0..40 pixels. Shifts are whole pixels, which
    avoids blur."""
    seed: int = 0
    """Seed of grain, dirt and weave."""

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(
                    f"{name.replace('_', ' ')} of a print must be {low:g} to {high:g}, got {value:g}",
                    f"Use a value from {low:g} to {high:g}.",
                )
        shares = " ".join(f"{share:g}" for share in self.weights)
        if not all(0 <= share <= 1 for share in self.weights) or abs(sum(self.weights) - 1) > 0.005:
            raise UsageError(
                f"weights of a print must be shares of red, green and blue with sum 1, got {shares}",
                "Use three numbers from 0 to 1 that sum to 1.",
            )

    @property
    def description(self) -> str:
        """Differences from the plain grey copy in words."""
        parts = []
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "weights" and value != REC601:
                parts.append("red {:g}, green {:g}, blue {:g}".format(*value))
            elif field.name not in ("weights", "seed", "grain_size") and value != field.default:
                parts.append(f"{field.name} {value:g}")
        return "; ".join(parts) or "Rec.601 grey of the coloured picture"


#: Presets by name. ``own`` is the plain Rec.601 copy, even of a film that is coded by Rec.709. Each of the
#: next seven changes one property. ``worn`` is an old film with moderate amounts of all of them.
PRINTS: dict[str, Print] = {
    "own": Print(),
    "weights": Print(weights=(0.04, 0.46, 0.5)),  # orthochromatic film, which is insensitive to red
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
    """Return the preset with a name.

    Raises
    ------
    UnknownNameError
        If there is no such preset.
    """
    if name not in PRINTS:
        raise UnknownNameError("print", name, PRINTS)
    return PRINTS[name]
