"""Calendar v3."""
