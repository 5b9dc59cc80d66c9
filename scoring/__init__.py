"""Ratings in, explained results out."""
