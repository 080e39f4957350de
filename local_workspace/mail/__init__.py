"""Gmail v1, as far as sending and reading one's own mail needs it."""
