"""Sensync: mirrors the MIS into the SENCO's Google workbook, and never loses a word that a person typed."""

__version__ = "0.1.0"
