"""The yardstick: what somebody would write by hand for just these three topics, with fixed schemas.

Streams of files, three side by side, each appended to bronze and merged into silver batch by batch; then the five gold
tables overwritten whole, side by side. No inference, registry, quarantine, rules, log or accounting.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from pipelines.config.document import GoldModel

SCHEMAS = {
    "orders": "order_id string, customer_id bigint, order_date timestamp, order_total decimal(18,4), "
    "order_status string, updated_at timestamp",
    "sales": "sale_id bigint, order_id string, customer_id bigint, product_id string, product_name string, "
    "quantity bigint, unit_price decimal(18,4), cost decimal(18,4), sale_timestamp timestamp, updated_at timestamp",
    "customers": "customer_id bigint, name string, email string, country string, updated_at timestamp",
}
KEYS = {"orders": "order_id", "sales": "sale_id", "customers": "customer_id"}


class Handwritten:
    """Tables ``<prefix>_bronze.t``, ``_silver.t`` and ``_gold.m`` of one hand-written job."""

    def __init__(
        self, spark: SparkSession, folder: Path, models: Mapping[str, GoldModel], prefix: str = "hand"
    ) -> None:
        self.spark, self.folder, self.models, self.prefix = spark, folder, models, prefix
        for layer in ("bronze", "silver", "gold"):
            spark.sql(f"CREATE SCHEMA IF NOT EXISTS {prefix}_{layer}")
        for topic, schema in SCHEMAS.items():
            spark.sql(
                f"CREATE TABLE {prefix}_bronze.{topic} (raw string, source string, ingest_ts timestamp) USING DELTA"
            )
            spark.sql(f"CREATE TABLE {prefix}_silver.{topic} ({schema}, ingest_ts timestamp) USING DELTA")

    def run(self) -> None:
        """One micro-batch."""
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(self._topic, SCHEMAS))
            daily = [name for name in self.models if name != "weekly_kpis"]
            list(pool.map(self._model, daily))
        self._model("weekly_kpis")

    def _topic(self, topic: str) -> None:
        self.spark.createDataFrame([], "a int")  # gives this thread the session that Delta's sink looks for
        text = self.spark.readStream.format("text").load(str(self.folder / "landing" / topic))
        rows = text.select(
            F.col("value").alias("raw"),
            F.col("_metadata.file_path").alias("source"),
            F.current_timestamp().alias("ingest_ts"),
        )
        query = (
            rows.writeStream.option("checkpointLocation", str(self.folder / "checkpoints" / topic))
            .trigger(availableNow=True)
            .foreachBatch(lambda batch, _: self._batch(topic, batch))
            .start()
        )
        query.awaitTermination()

    def _batch(self, topic: str, batch: DataFrame) -> None:
        key = KEYS[topic]
        batch.write.format("delta").mode("append").saveAsTable(f"{self.prefix}_bronze.{topic}")
        typed = batch.select(F.from_json("raw", SCHEMAS[topic]).alias("r"), "ingest_ts").select(
            "r.*", "ingest_ts"
        )
        order = Window.partitionBy(key).orderBy(F.col("updated_at").desc())
        latest = typed.withColumn("_n", F.row_number().over(order)).where("_n = 1").drop("_n")
        batch.sparkSession.sql(
            f"MERGE INTO {self.prefix}_silver.{topic} t USING {{s}} s ON t.{key} = s.{key} "
            "WHEN MATCHED AND s.updated_at > t.updated_at THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
            s=latest,
        )

    def _model(self, name: str) -> None:
        model = self.models[name]
        inputs = ", ".join(
            f"{input_.name} AS (SELECT * FROM {self.prefix}_"
            f"{'silver' if input_.name in SCHEMAS else 'gold'}.{input_.name})"
            for input_ in model.inputs
        )
        result = self.spark.sql(f"WITH {inputs} SELECT * FROM (\n{model.sql}\n)")
        result.write.format("delta").mode("overwrite").saveAsTable(f"{self.prefix}_gold.{name}")
