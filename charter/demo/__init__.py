"""A coalition of made-up members, for looking around and for tests."""
