"""Forms v1: forms, the answers to them, and watches."""
