"""A driver that runs one pipeline over Kafka until it is killed: `python -m test.kafka.victim OUT OPTIONS`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from local.session import build_session
from pipelines.run import run_once

if __name__ == "__main__":
    spark = build_session(Path(sys.argv[1]), master="local[2]", kafka=True)
    run_once(spark, None, **json.loads(sys.argv[2]))
