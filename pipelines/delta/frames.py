"""DataFrames in SQL, without temporary views (they leak between tasks under Spark Connect)."""

from __future__ import annotations

import re
import uuid
from typing import Any

from pyspark.sql import DataFrame, SparkSession


class Frames:
    """DataFrames that stand in SQL by a name: ``frames.sql(f"SELECT * FROM {frames.add(rows)}")``.

    Unlike in ``spark.sql`` with arguments, braces in the SQL mean themselves, so that a model may have them.
    """

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._frames: dict[str, Any] = {}
        #: the SQL may hold values of the data: a name must not occur in them
        self._prefix = f"frame_{uuid.uuid4().hex}"

    def add(self, frame: DataFrame) -> str:
        """Return what stands for ``frame``."""
        name = f"{self._prefix}_{len(self._frames)}"
        self._frames[name] = frame
        return name

    def sql(self, query: str) -> DataFrame:
        """Run a query over the frames that were added, one at least."""
        query = query.replace("{", "{{").replace("}", "}}")
        for name in self._frames:
            query = re.sub(rf"\b{name}\b", f"{{{name}}}", query)
        return self._spark.sql(query, **self._frames)
