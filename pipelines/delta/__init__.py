"""Access to Delta and Spark SQL, within what Spark Connect has. Knows nothing of pipelines."""

from .commits import (
    BRONZE_VERSION,
    CHANGE_TYPE,
    COMMIT_VERSION,
    TABLE_PROPERTIES,
    Commit,
    append,
    append_range,
    append_rows,
    changes,
    commits,
    inserts,
    last_commit,
    last_in_user_metadata,
    overwrite,
    snapshot,
    user_metadata,
)

__all__ = [
    "BRONZE_VERSION",
    "CHANGE_TYPE",
    "COMMIT_VERSION",
    "TABLE_PROPERTIES",
    "Commit",
    "append",
    "append_range",
    "append_rows",
    "changes",
    "commits",
    "inserts",
    "last_commit",
    "last_in_user_metadata",
    "overwrite",
    "snapshot",
    "user_metadata",
]
