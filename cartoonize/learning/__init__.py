"""Training of networks: samples, losses, the trainer, process groups and runs."""
