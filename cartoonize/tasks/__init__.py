"""The work of every command but ``colorize``, one file for each."""
