"""Multimodal colour prediction (Charpiat, Hofmann, Schoelkopf 2008)."""
