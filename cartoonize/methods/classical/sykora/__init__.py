"""Colorization of black-and-white cartoons (Sykora, Burianek, Zara 2005)."""
