"""Settings for all tests."""

from hypothesis import settings

# Machines are shared, and a slow moment is no defect; how fast things are is measured in bench/.
settings.register_profile("charter", deadline=None)
settings.load_profile("charter")
