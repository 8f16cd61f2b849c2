"""Network architectures, one file each, with their initialisation and preparation for inference."""
