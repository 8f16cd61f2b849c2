"""Network architectures, one file each, and the checkpoint."""
