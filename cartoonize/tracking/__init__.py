"""Follow regions through a shot and decide on their colours."""
