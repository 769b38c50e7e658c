"""A local workspace with something on each of its pages, for a browser. `python -m test.workspace.page_sample FOLDER` fills it, runs
its job, prints the address that opens its pages, and serves until its standard input ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from databricks.sdk.service.catalog import PermissionsChange, Privilege
from databricks.sdk.service.dashboards import Dashboard
from databricks.sdk.service.sql import (
    AlertV2,
    AlertV2Evaluation,
    AlertV2OperandColumn,
    ComparisonOperator,
    CronSchedule,
)

from test.local.support import DOCUMENT, write_stack
from test.workspace.support import Server, deploy, running
from workspace.access import page_key

EVIL = "<script>alert('x')</script>\"&"
WAREHOUSE = "0123456789abcdef"
NOTEBOOKS = {
    "ingest_orders": "print('\\n'.join(f'{at} orders read' for at in range(3000)))\n",
    "silver_orders": "spark.range(10).selectExpr('id AS order_id', 'id * 2 AS amount_with_a_long_name_of_a_column')"
    ".write.format('delta').saveAsTable('dev_silver.orders')\n",
    "gold_of_a_topic_that_has_a_long_name": f"raise ValueError({EVIL!r} * 20)\n",
    "finish": "print('never')\n",
}
BEFORE = {
    "silver_orders": ["ingest_orders"],
    "gold_of_a_topic_that_has_a_long_name": ["ingest_orders"],
    "finish": ["silver_orders", "gold_of_a_topic_that_has_a_long_name"],
}
SQL = "SELECT order_id, sum(amount) AS amount FROM main.dev_silver.orders GROUP BY order_id ORDER BY order_id LIMIT 100"


def main() -> None:
    """Fill, run, print, serve."""
    folder = Path(sys.argv[1])
    tasks = [
        {
            "task_key": name,
            "depends_on": [{"task_key": one} for one in BEFORE.get(name, ())],
            "notebook_task": {"notebook_path": f"${{databricks_notebook.{name}.path}}"},
        }
        for name in NOTEBOOKS
    ]
    stack = write_stack(folder / "stack", NOTEBOOKS, tasks)
    # Without its topic of Kafka, whose jars are not on every machine.
    document = {**DOCUMENT, "topics": DOCUMENT["topics"][:1]}
    (stack / "assets" / "pipeline.json").write_text(json.dumps(document))
    with running(folder / "workspace", ["--warehouse", WAREHOUSE]) as server:
        job = deploy(server, stack)
        jobs: Any = server.client.jobs
        run = jobs.run_now(job).run_id
        put_the_rest(server)
        jobs.wait_get_run_job_terminated_or_skipped(run)
        grant(server)
        print(f"{server.host}/?token={page_key((server.folder / 'token').read_text())}", flush=True)
        sys.stdin.read()


def put_the_rest(server: Server) -> None:
    """Resources that no run makes, with texts that are long or markup."""
    client: Any = server.client
    client.catalogs.update("main", comment=EVIL)
    columns = ", ".join(
        f"column_{at} STRING COMMENT 'Meaning of column {at}, told at length'" for at in range(30)
    )
    client.statement_execution.execute_statement(
        f"CREATE TABLE main.dev_ops.wide ({columns}) USING DELTA", WAREHOUSE
    )
    client.alerts_v2.create_alert(
        AlertV2(
            display_name=f"Rows in quarantine {EVIL}",
            query_text=SQL,
            warehouse_id=WAREHOUSE,
            evaluation=AlertV2Evaluation(
                source=AlertV2OperandColumn(name="amount"),
                comparison_operator=ComparisonOperator.GREATER_THAN,
            ),
            schedule=CronSchedule(quartz_cron_schedule="0 0 * * * ?", timezone_id="UTC"),
        )
    )
    widget = {
        "name": "w",
        "queries": [{"query": {"datasetName": "orders"}}],
        "spec": {"widgetType": "line", "frame": {"title": EVIL}},
    }
    serialized = {
        "datasets": [{"name": "orders", "displayName": "Orders", "queryLines": [SQL, " -- " + "long " * 60]}],
        "pages": [{"name": "p", "displayName": "Sales", "layout": [{"widget": widget}]}],
    }
    client.lakeview.create(
        Dashboard(display_name="Sales", serialized_dashboard=json.dumps(serialized), warehouse_id=WAREHOUSE)
    )
    empty = {
        "name": "A job that has not run",
        "tasks": [{"task_key": "one", "notebook_task": {"notebook_path": "/x"}}],
    }
    server.call("POST", "/api/2.2/jobs/create", body=empty)


def grant(server: Server) -> None:
    """Grants on a table that the run made, and on what it lies in."""
    for type_, name, principal, privilege in (
        ("catalog", "main", "everyone", Privilege.USE_CATALOG),
        ("schema", "main.dev_silver", "a-group-of-analysts-with-a-long-name@example.com", Privilege.SELECT),
        ("table", "main.dev_silver.orders", EVIL, Privilege.MODIFY),
    ):
        change = PermissionsChange(add=[privilege], principal=principal)
        server.client.grants.update(type_, name, changes=[change])


if __name__ == "__main__":
    main()
