"""A Google Workspace on your own machine. Imports nothing from Sensync."""
