"""The version of the Python package: `0.1.0` from a clone, `0.1.0+<hash>` for a built wheel.

hatchling runs this file (see pyproject.toml). `npm run build` gives the content hash, so that a job that runs
old code can be told by its wheel's name.
"""

import os

BASE = "0.1.0"


def version() -> str:
    """The version to build: the base, and the content hash when the build gives one."""
    content_hash = os.environ.get("MEDALLION_WHEEL_HASH", "")
    return f"{BASE}+{content_hash}" if content_hash else BASE
