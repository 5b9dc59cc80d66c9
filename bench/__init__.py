"""Measurements of speed and memory, each against a floor that is measured in the same run: `python -m bench`."""
