"""A Google Workspace on your own machine. Imports nothing from Sensync."""

from .workspace import LocalWorkspace

__all__ = ["LocalWorkspace"]
