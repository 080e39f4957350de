"""The words of the field: pupil, need, provision, contact, codes, clock, errors."""
