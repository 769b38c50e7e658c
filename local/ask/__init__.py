"""Questions about the tables of an output folder, answered without Spark: SQL, what there is, its history and lineage."""
