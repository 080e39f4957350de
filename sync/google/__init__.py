"""Everything that talks to Google. Knows nothing of the MIS."""
