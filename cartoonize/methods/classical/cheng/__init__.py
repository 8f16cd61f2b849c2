"""Deep Colorization (Cheng, Yang, Sheng 2015)."""
