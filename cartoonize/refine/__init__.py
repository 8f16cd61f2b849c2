"""Segmentation, region fills, upsampling and grain: functions on NumPy arrays."""
