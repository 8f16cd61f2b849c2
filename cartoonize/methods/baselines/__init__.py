"""The floors: grey, luminance look-up and the nearest training frame."""
