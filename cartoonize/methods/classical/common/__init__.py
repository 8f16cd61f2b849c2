"""Code that several classical methods share."""
