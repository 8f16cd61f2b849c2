"""Automatic colourization by multimodal predictions (Charpiat, Hofmann, Schoelkopf 2008)."""
