"""The paints of the series: a few luma levels with many hues each.

A grey copy of the series keeps only the luma of a paint. A method that looks up colours by luma cannot tell
grass from sea, or a rose wall from the sky. A good method must look at shapes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from cartoonize.color.lab import lab_to_rgb, quantize

RGB = tuple[int, int, int]

_LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])

#: Luma levels of the paints: Rec. 601 luma Y' in 0..255.
PALE, LIGHT, MIDDLE, DEEP, DARK = 214, 186, 150, 114, 78


@dataclass(frozen=True, slots=True)
class Paint:
    """A paint: its luma, which a grey picture keeps, and its hue and chroma, which it loses."""

    luma: float
    """Rec. 601 luma Y' of the sRGB code values, 0..255."""
    hue: float
    """Angle in the CIELAB ab plane, in degrees."""
    chroma: float
    """Distance from grey in the CIELAB ab plane; reduced if the colour lies outside sRGB."""

    @property
    def rgb(self) -> RGB:
        """Code values in sRGB, each 0..255."""
        return _mixed(self.luma, self.hue, self.chroma)

    def shade(self, step: float) -> Paint:
        """Return the same colour, lighter by ``step`` luma levels (darker if negative)."""
        return replace(self, luma=float(np.clip(self.luma + step, 8, 247)))


@cache
def _mixed(luma: float, hue: float, chroma: float) -> RGB:
    """Return the sRGB colour with this hue and luma whose chroma is nearest to the requested one."""
    lightness = np.linspace(0, 100, 501)
    angle = np.deg2rad(hue)
    for c in np.arange(chroma, -1, -1):
        lab = np.stack(
            [lightness, *np.broadcast_arrays(c * np.cos(angle), c * np.sin(angle), lightness)[:2]], -1
        )
        rgb = lab_to_rgb(lab, clip=False)
        best = rgb[np.argmin(abs(rgb @ _LUMA_WEIGHTS * 255 - luma))]
        if best.min() >= -0.002 and best.max() <= 1.002:
            break
    code = quantize(best).astype(int)
    # Rounding changes the luma by up to half a level. Choose the neighbouring colour nearest in luma.
    steps = np.array(np.meshgrid(*[[0, -1, 1]] * 3)).reshape(3, -1).T
    near = np.clip(code + steps, 0, 255)
    error = abs(near @ _LUMA_WEIGHTS - luma) + 0.05 * abs(steps).sum(1)
    r, g, b = near[np.argmin(error)]
    return int(r), int(g), int(b)


# Lines: almost black, with a little plum.
INK = Paint(38, 330, 12)

# Credits: no red, so that the saturation of the blue stays at its maximum through any codec.
CREDITS_BLUE: RGB = (0, 88, 236)
CREDITS_WHITE: RGB = (226, 236, 255)

# People.
SKIN = Paint(PALE, 62, 26)
CHEEK = Paint(LIGHT, 28, 40)
HAIR_CHESTNUT = Paint(DARK, 48, 34)
COAT_RED = Paint(96, 34, 68)
SCARF_MUSTARD = Paint(LIGHT, 82, 66)
BERET_TEAL = Paint(DEEP, 200, 34)
STOCKINGS = Paint(DARK, 285, 36)
BOOTS = Paint(DARK, 58, 30)
MITTENS = Paint(LIGHT, 82, 66)
BEARD = Paint(56, 40, 16)
HAT_PLUM = Paint(DARK, 335, 34)
VEST_GREEN = Paint(DEEP, 150, 38)
SHIRT_LILAC = Paint(LIGHT, 312, 30)
TROUSERS = Paint(DEEP, 68, 42)
BUCKLE = Paint(LIGHT, 88, 62)
NOSE = Paint(MIDDLE, 34, 48)
HAIR_SILVER = Paint(PALE, 285, 14)
DRESS_VIOLET = Paint(DEEP, 312, 46)
APRON_MINT = Paint(PALE, 165, 24)
SLIPPERS = Paint(MIDDLE, 10, 50)

# Animals.
FUR_ORANGE = Paint(MIDDLE, 60, 68)
FUR_CREAM = Paint(PALE, 84, 32)
SOCKS = Paint(DARK, 44, 30)
KERCHIEF = Paint(DEEP, 262, 46)
FEATHERS = Paint(MIDDLE, 205, 42)
BELLY_LEMON = Paint(PALE, 98, 52)
BEAK = Paint(LIGHT, 72, 66)
EYE_WHITE = Paint(244, 100, 4)
MOUTH = Paint(DARK, 25, 45)
TONGUE = Paint(MIDDLE, 18, 48)
SPINES = Paint(DEEP, 55, 34)
WOOL = Paint(PALE, 350, 16)

# Out of doors.
SKY = Paint(LIGHT, 256, 36)
CLOUD = Paint(230, 250, 9)
SUN = Paint(PALE, 92, 62)
HILL_FAR = Paint(LIGHT - 4, 296, 26)
HILL_MID = Paint(MIDDLE + 18, 170, 32)
GRASS = Paint(MIDDLE, 126, 54)
PATH = Paint(LIGHT, 76, 36)
LEAVES = Paint(DEEP, 142, 46)
LEAVES_COPPER = Paint(DEEP, 48, 56)
BLOSSOM = Paint(LIGHT, 350, 36)
TRUNK = Paint(90, 52, 32)
STONE = Paint(MIDDLE, 300, 20)
FENCE = Paint(PALE, 78, 30)
PETAL_RED = Paint(DEEP, 30, 66)
PETAL_PINK = Paint(MIDDLE, 0, 56)
PETAL_YELLOW = Paint(PALE, 94, 66)
PETAL_BLUE = Paint(MIDDLE, 275, 48)
PETAL_LILAC = Paint(LIGHT, 316, 40)

# The wood.
MIST = Paint(LIGHT, 178, 30)
FIR_FAR = Paint(MIDDLE, 200, 30)
FIR_MID = Paint(DEEP, 175, 34)
WOOD_FLOOR = Paint(MIDDLE, 66, 44)
MOSS = Paint(MIDDLE, 112, 46)
TRUNK_DARK = Paint(DARK, 20, 24)
TOADSTOOL = Paint(DEEP, 34, 66)

# The village and its houses.
WALL_ROSE = Paint(LIGHT, 14, 36)
WALL_BUTTER = Paint(LIGHT, 86, 48)
WALL_MINT = Paint(LIGHT, 156, 36)
WALL_LILAC = Paint(LIGHT, 306, 32)
WALL_PEACH = Paint(LIGHT, 56, 44)
ROOF_BRICK = Paint(DEEP, 38, 56)
ROOF_SLATE = Paint(DEEP, 250, 36)
ROOF_PLUM = Paint(DEEP, 345, 42)
ROOF_MOSS = Paint(DEEP, 120, 44)
DOOR_BLUE = Paint(DEEP, 262, 46)
DOOR_GREEN = Paint(DEEP, 160, 42)
DOOR_OCHRE = Paint(DEEP, 70, 50)
PANE = Paint(PALE, 220, 22)
GLINT = Paint(240, 200, 6)
PAVING = Paint(MIDDLE + 10, 338, 24)
IRON = Paint(DARK, 220, 24)
LAMPLIGHT = Paint(PALE, 90, 62)

# The seaside.
SKY_SEA = Paint(LIGHT + 6, 225, 30)
SEA = Paint(MIDDLE, 216, 38)
SAND = Paint(LIGHT, 80, 44)
ROCK = Paint(DEEP, 310, 22)
SAIL = Paint(PALE, 60, 32)

# Evening and night.
DUSK_HIGH = Paint(MIDDLE, 340, 46)
DUSK_LOW = Paint(PALE - 8, 72, 58)
DUSK_HILL_FAR = Paint(MIDDLE - 8, 318, 38)
DUSK_HILL = Paint(DEEP - 6, 300, 40)
DUSK_GRASS = Paint(DEEP, 190, 32)
NIGHT_HIGH = Paint(58, 292, 46)
NIGHT_LOW = Paint(104, 272, 44)
NIGHT_HILL = Paint(DARK, 205, 30)
NIGHT_GRASS = Paint(DARK + 10, 152, 36)
MOON = Paint(PALE + 8, 96, 40)
STAR = Paint(PALE, 92, 46)

# Indoors.
WALLPAPER = Paint(LIGHT, 88, 50)
WALLPAPER_DOT = Paint(LIGHT - 14, 62, 52)
WAINSCOT = Paint(MIDDLE, 12, 42)
TILE_WARM = Paint(MIDDLE, 52, 54)
TILE_PALE = Paint(LIGHT, 66, 40)
CUPBOARD = Paint(MIDDLE, 232, 36)
CURTAIN = Paint(DEEP, 24, 62)
STOVE = Paint(DEEP, 195, 32)
TABLE = Paint(DEEP, 62, 46)
CLOTH = Paint(PALE, 190, 22)
ATTIC_WALL = Paint(DEEP, 314, 34)
ATTIC_BEAM = Paint(DARK, 48, 36)
ATTIC_FLOOR = Paint(DEEP, 76, 44)
CRATE = Paint(MIDDLE, 72, 46)
CHEST = Paint(DEEP, 28, 54)
CELLAR_WALL = Paint(DEEP, 172, 30)
CELLAR_FLOOR = Paint(DARK + 8, 268, 30)
BARREL = Paint(DEEP, 60, 46)

# Things.
WICKER = Paint(MIDDLE, 70, 50)
RED = Paint(DEEP, 34, 66)
BLUE = Paint(DEEP, 266, 50)
YELLOW = Paint(LIGHT, 88, 68)
GREEN = Paint(DEEP, 140, 50)
PINK = Paint(LIGHT, 2, 42)
PURPLE = Paint(DEEP, 312, 50)
TEAL = Paint(MIDDLE, 195, 40)
PAPER = Paint(PALE + 10, 84, 20)
SACK = Paint(MIDDLE, 66, 34)
