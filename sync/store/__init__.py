"""What Sensync remembers between runs: status, journal, leases."""
