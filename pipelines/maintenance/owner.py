"""Hand the tables that a run has made over to the group that owns the pipeline."""

from __future__ import annotations

from pipelines.context import Context
from pipelines.delta.sql import literal, quote
from pipelines.errors import PipelineError, counted


class OwnerError(PipelineError):
    """Tables cannot be handed over to the owner that the environment names."""

    remedy = "Make the identity that runs the job a member of the owning group."


def hand_over(ctx: Context) -> None:
    """Make the group of the parameter ``owner`` the owner of every table of the pipeline's schemas that this identity owns.

    Nothing to do without the parameter, and outside of a workspace. Tables of a declarative pipeline have its owner.

    Raises:
        OwnerError: The identity that runs is no member of the group: it would lose the right to change its own tables.
    """
    owner, tables = ctx.parameters.owner, ctx.parameters.tables
    if not owner or not ctx.parameters.in_workspace:
        return
    schemas = ", ".join(literal(name) for name in tables.schemas.values())
    rows = ctx.spark.sql(
        f"SELECT table_schema, table_name, is_account_group_member({literal(owner)}) AS member "
        f"FROM {quote(tables.catalog)}.information_schema.tables "
        f"WHERE table_schema IN ({schemas}) AND table_type IN ('MANAGED', 'EXTERNAL') "
        f"AND table_owner = current_user() AND table_owner <> {literal(owner)}"
    ).collect()
    if any(not row.member for row in rows):
        raise OwnerError(
            f"{counted(len(rows), 'table')} cannot be handed over to the group {owner!r}: who the job runs as is no member of it and "
            f"would lose the right to change them. Add it to the group, or take `owner` out of the environment."
        )
    for row in rows:
        table = ".".join(quote(part) for part in (tables.catalog, row.table_schema, row.table_name))
        ctx.spark.sql(f"ALTER TABLE {table} SET OWNER TO {quote(owner)}")
    if rows:
        ctx.log.event("finish", "owner_set", details={"owner": owner, "tables": len(rows)})
