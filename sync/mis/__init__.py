"""Readers of the school's MIS: files in, domain records out. Know nothing of Google."""
