"""Methods without a network; the floors."""
