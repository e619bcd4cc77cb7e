"""What all tests have in common: no property fails for the time that a busy machine takes.

Each runs the same examples every time: new ones are looked for by `HYPOTHESIS_PROFILE=search`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "search", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.register_profile(
    "suite", settings.get_profile("search"), max_examples=50, derandomize=True
)
settings.load_profile("search" if os.environ.get("HYPOTHESIS_PROFILE") else "suite")
