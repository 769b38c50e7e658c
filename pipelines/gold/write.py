"""Writes the rows of a gold table: all of them, or those of some groups. One commit each."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.config.document import GoldModel
from pipelines.delta.driver_rows import LocalRows, pruning_predicate
from pipelines.delta.frames import Frames
from pipelines.delta.sql import quote

_GONE, _FOUND = "_medallion_gone", "_medallion_found"


@dataclass(frozen=True)
class Change:
    """Rows of the table that came, changed and went."""

    inserted: int
    updated: int
    deleted: int


class Groups:
    """Some groups of a model, by their grain."""

    def __init__(self, spark: SparkSession, model: GoldModel, grains: LocalRows) -> None:
        self.spark, self.model, self.count = spark, model, grains.count
        self.frame = grains.frame(spark)
        #: grain columns in which some group has no value; all the others may be compared in the cheap way
        self._nullable = {
            name for name, values in zip(model.grain, grains.table.columns, strict=True) if values.null_count
        }
        #: ranges of the grain's values, for conditions (``LocalRows.key_ranges``)
        self.ranges = grains.key_ranges(model.grain)

    def rows(self, query: str) -> LocalRows:
        """The rows of ``query`` that belong to the groups.

        As a condition IN, it travels through everything that the model does down to its inputs before Spark makes a
        join of it: only the rows of these groups are aggregated. (A join that is written as one stops above the first
        computed column.) Within an array, null equals null. The ranges let Delta leave out files.
        """
        frames = Frames(self.spark)
        names = ", ".join(
            f"array({quote(name)})" if name in self._nullable else quote(name) for name in self.model.grain
        )
        chosen = f"SELECT {names} FROM {frames.add(self.frame)}"
        condition = f"({names}) IN ({chosen}){pruning_predicate('m', self.ranges)}"
        return LocalRows.collect(frames.sql(f"SELECT * FROM ({query}) AS m WHERE {condition}"))

    def same(self, one: str, other: str) -> str:
        """SQL: ``one`` and ``other`` belong to the same group."""
        return " AND ".join(
            f"{one}.{quote(name)} {'<=>' if name in self._nullable else '='} {other}.{quote(name)}"
            for name in self.model.grain
        )


def merge(groups: Groups, rows: LocalRows, table: str) -> Change:
    """Replace ``groups`` in ``table`` by ``rows``; what is as it was is not written, a group without rows goes."""
    frames = Frames(groups.spark)
    source, clauses = _source(frames, groups, rows)
    same = f"{groups.same('t', 's')}{pruning_predicate('t', groups.ranges)}"
    statement = f"MERGE INTO {table} t USING {source} s ON {same} {clauses}"
    done = frames.sql(statement).collect()[0]
    return Change(
        int(done["num_inserted_rows"]), int(done["num_updated_rows"]), int(done["num_deleted_rows"])
    )


def _source(frames: Frames, groups: Groups, rows: LocalRows) -> tuple[str, str]:
    """Source and clauses of the MERGE: no more of either than what came out asks for."""
    all_groups = frames.add(groups.frame)
    if rows.count == 0:
        return all_groups, "WHEN MATCHED THEN DELETE"

    def comparable(one: str, name: str) -> str:
        column = f"{one}.{quote(name)}"  # maps are not compared
        return f"to_json(struct({column}))" if "map<" in rows.schema[name].dataType.simpleString() else column

    columns = rows.table.column_names
    grain = {name.lower() for name in groups.model.grain}
    values = [name for name in columns if name.lower() not in grain]
    source, delete, there = frames.add(rows.frame(groups.spark)), "", ""
    if rows.count < groups.count:
        found = ", ".join(f"{'g' if name.lower() in grain else 'r'}.{quote(name)}" for name in columns)
        source = (
            f"(SELECT {found}, r.{_FOUND} IS NULL AS {_GONE} FROM {all_groups} g "
            f"LEFT JOIN (SELECT *, true AS {_FOUND} FROM {source}) r ON {groups.same('g', 'r')})"
        )
        delete, there = f"WHEN MATCHED AND s.{_GONE} THEN DELETE ", f"AND NOT s.{_GONE} "
    differs = " OR ".join(f"NOT ({comparable('t', name)} <=> {comparable('s', name)})" for name in values)
    sets = ", ".join(f"t.{quote(name)} = s.{quote(name)}" for name in values)
    update = f"WHEN MATCHED AND ({differs}) THEN UPDATE SET {sets} " if values else ""
    target, given = (", ".join(f"{p}{quote(name)}" for name in columns) for p in ("", "s."))
    return source, f"{delete}{update}WHEN NOT MATCHED {there}THEN INSERT ({target}) VALUES ({given})"


def rewrite(groups: Groups, rows: LocalRows, table: str) -> None:
    """Write ``table`` anew: what it had outside of ``groups``, and ``rows``."""
    frames = Frames(groups.spark)
    query = (
        f"SELECT t.* FROM {table} t LEFT ANTI JOIN {frames.add(groups.frame)} g ON {groups.same('t', 'g')}"
    )
    if rows.count:
        query += f" UNION ALL SELECT * FROM {frames.add(rows.frame(groups.spark))}"
    delta.overwrite(frames.sql(query), table)
