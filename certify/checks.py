"""The checks, in the order in which they are made: each builds on what the ones before it left."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from databricks.sdk.errors import NotFound, PermissionDenied

from certify.deployment import Deployment
from certify.errors import CheckFailedError, CheckSkippedError
from certify.terraform import CHANGES, NOTHING_TO_DO
from local.runs import COUNTS
from pipelines.delta.sql import quote
from pipelines.vocabulary import PARAMETERS
from workspace.access import Caller, Get, denial

#: Environment variable with tokens for the check `roles`: a JSON object, principal -> token.
TOKENS = "MEDALLION_CERTIFY_TOKENS"
#: Principal without any grant of the stack.
OUTSIDER = "certify-outsider"
_SHOWN = 3
_FATES = COUNTS[1:]
# What a notebook reads as widgets, without what narrows a task and without the owner, which may be nobody.
_WIDGETS = set(PARAMETERS) - {"topics", "models", "owner"}


@dataclass(frozen=True)
class Check:
    """One check."""

    name: str
    proves: str
    make: Callable[[Deployment], str]
    """Makes the check and returns what was found, in a few words; raises `CheckFailedError` or `CheckSkippedError`."""
    needed: bool = False
    """The checks after it have nothing to work on without it."""


CHECKS: list[Check] = []
Make = Callable[[Deployment], str]


def check(name: str, proves: str, *, needed: bool = False) -> Callable[[Make], Make]:
    """Put a function at the end of the list."""

    def add(make: Make) -> Make:
        CHECKS.append(Check(name, proves, make, needed))
        return make

    return add


@check("apply", "the stack deploys from nothing, at the first attempt", needed=True)
def _apply(deployment: Deployment) -> str:
    deployment.terraform.run("init")
    deployment.terraform.run("apply", "-auto-approve")
    return f"{len(deployment.terraform.resources())} resources"


@check("second-plan", "a second plan has nothing to do")
def _second_plan(deployment: Deployment) -> str:
    done = deployment.terraform.run("plan", "-detailed-exitcode", allowed=(NOTHING_TO_DO, CHANGES))
    if done.returncode == CHANGES:
        raise CheckFailedError(f"there is something left to do:\n{done.stdout}")
    return "nothing to do"


@check(
    "files", "every notebook and library that the job names is in the workspace, and every parameter is given"
)
def _files(deployment: Deployment) -> str:
    settings = deployment.client.jobs.get(deployment.job_id).as_dict()["settings"]
    paths = sorted(
        {text for text in _texts(settings) if text.startswith(("/Workspace/", "/Shared/", "/Users/"))}
    )
    for path in paths:
        try:
            deployment.client.workspace.get_status(path)
        except NotFound as error:
            raise CheckFailedError(f"the job names {path}: {error}") from error
    given = {one["name"] for one in settings.get("parameters") or ()}
    for task in settings["tasks"]:
        if "notebook_task" in task:
            lacking = _WIDGETS - given - set(task["notebook_task"].get("base_parameters") or ())
            if lacking:
                raise CheckFailedError(f"task {task['task_key']} is not given {', '.join(sorted(lacking))}")
    return f"{len(paths)} paths"


def _declared(deployment: Deployment, type_: str) -> list[dict[str, Any]]:
    """Values of the deployed resources of a type."""
    return [one["values"] for one in deployment.terraform.resources() if one["type"] == type_]


@check("grants", "every principal has the privileges that the stack declares")
def _grants(deployment: Deployment) -> str:
    declared = _declared(deployment, "databricks_grant")
    if not declared:
        raise CheckSkippedError("the stack declares no grants")
    for grant in declared:
        kind, name = next(
            (key, grant[key]) for key in ("catalog", "schema", "volume", "table") if grant.get(key)
        )
        held = deployment.client.grants.get(kind.upper(), name, principal=grant["principal"])
        own = {
            one.value
            for assignment in held.privilege_assignments or ()
            if assignment.principal == grant["principal"]
            for one in assignment.privileges or ()
        }
        lacking = {one.replace(" ", "_") for one in grant["privileges"]} - own
        if lacking:
            raise CheckFailedError(
                f"{grant['principal']} lacks {', '.join(sorted(lacking))} on {kind} {name}"
            )
    return f"{len(declared)} grants"


@check(
    "run",
    "the job runs over files that were uploaded, and accounts for every record as on this machine",
    needed=True,
)
def _run(deployment: Deployment) -> str:
    deployment.land()
    topics = deployment.run_job()["topics"]
    for topic, counts in topics.items():
        fates = sum(counts[name] for name in _FATES)
        if counts["read"] != fates:
            raise CheckFailedError(f"{topic}: {counts['read']} records were read, {fates} are accounted for")
    read = sum(counts["read"] for counts in topics.values())
    if read == 0:
        raise CheckFailedError("the job read nothing, though files have landed")
    right = deployment.expected.result["topics"]
    for topic in sorted({*topics, *right}):
        found, wanted = (
            {name: side.get(topic, {}).get(name, 0) for name in COUNTS} for side in (topics, right)
        )
        if found != wanted:
            raise CheckFailedError(f"{topic}: the run counted {found}, on this machine {wanted}")
    return f"{read} records of {len(topics)} topics from {len(deployment.files)} files"


@check("tables", "silver, gold and quarantine hold, row by row, what the same files give on this machine")
def _tables(deployment: Deployment) -> str:
    rows = 0
    for table, (statement, right) in deployment.expected.rows.items():
        found = deployment.ask(statement)
        difference = _difference(_counted(found), _counted(right))
        if difference:
            raise CheckFailedError(f"{table}: {difference}")
        rows += len(found)
    return f"{rows} rows of {len(deployment.expected.rows)} tables"


@check("roles", "each principal that the stack grants to reads the layers that it may read, and no other")
def _roles(deployment: Deployment) -> str:
    principals = sorted({grant["principal"] for grant in _declared(deployment, "databricks_grant")})
    if not principals:
        raise CheckSkippedError("the stack declares no grants")
    clients = {one: deployment.client_of(one) for one in (*principals, OUTSIDER)}
    known = {name: client for name, client in clients.items() if client is not None}
    if not known:
        raise CheckSkippedError(f"there is no token of {', '.join(principals)}; {TOKENS} may hold them")
    read = tables = 0
    for schema in sorted(set(deployment.schemas.values())):
        table = next(iter(deployment.client.tables.list(deployment.catalog, schema)), None)
        if table is None:
            continue
        tables += 1
        full_name = str(table.full_name)
        statement = f"SELECT 1 FROM {'.'.join(map(quote, full_name.split('.')))} LIMIT 1"
        get = _held(deployment, str(table.owner), full_name)
        for name, client in known.items():
            right = denial(get, Caller(name), "SELECT", "tables", full_name)
            found = deployment.denial(statement, client)
            if (found is None) != (right is None):
                wrong = "is denied, though it is granted" if right is None else f"is not denied: {right}"
                raise CheckFailedError(f"a read of {full_name} by {name} {wrong}")
            read += right is None
    total = tables * len(known)
    return (
        f"{len(known)} principals and a table of {tables} layers: {read} reads allowed, {total - read} denied"
    )


def _held(deployment: Deployment, owner: str, full_name: str) -> Get:
    """Owner of a table, and privileges that the workspace holds on it and on what it lies in."""
    catalog, schema, _ = full_name.split(".")
    found: dict[tuple[str, str], dict[str, Any]] = {("tables", full_name): {"owner": owner}}
    for kind, name in (("catalog", catalog), ("schema", f"{catalog}.{schema}"), ("table", full_name)):
        assigned = deployment.client.grants.get(kind.upper(), name).privilege_assignments or ()
        found["grants", f"{kind}s/{name}"] = {
            str(one.principal): [privilege.value for privilege in one.privileges or ()] for one in assigned
        }
    return lambda kind, name: found.get((kind, name))


@check("second-run", "a second run reads nothing")
def _second_run(deployment: Deployment) -> str:
    read = deployment.rows_read()
    if read:
        raise CheckFailedError(f"it read {read}")
    return "0 records"


@check("replay", "rejected records are evaluated again, and stay where they are as long as nothing is mended")
def _replay(deployment: Deployment) -> str:
    if deployment.stack.pipelines:
        raise CheckSkippedError("a declarative pipeline has no replay")
    topics = deployment.expected.result["topics"]
    topic = next((name for name in topics if topics[name]["quarantined"]), None)
    if topic is None:
        raise CheckSkippedError("the files have no record that is rejected")
    deployment.run_job(action="replay", action_arguments=json.dumps({"topic": topic}))
    return f"{topic}: {_tables(deployment)}"


@check("doctor", "the job finds in the workspace all that it needs")
def _doctor(deployment: Deployment) -> str:
    answer = deployment.run_job(action="doctor")
    if deployment.stack.pipelines and "topics" in answer:
        return "the run, which fails where one of its checks does, passed"
    lines = answer.get("checks") or []
    wrong = [line for line in lines if not line.startswith("ok ")]
    if wrong or not lines:
        raise CheckFailedError("; ".join(wrong) or "the job said nothing")
    return f"{len(lines)} lines"


@check("dashboards", "the queries of every dashboard run")
def _dashboards(deployment: Deployment) -> str:
    found = _declared(deployment, "databricks_dashboard")
    if not found:
        raise CheckSkippedError("the stack declares no dashboards: they need a SQL warehouse")
    queries = [
        "".join(dataset["queryLines"])
        for one in found
        for dataset in json.loads(one["serialized_dashboard"])["datasets"]
    ]
    for query in queries:
        deployment.ask(query)
    return f"{len(queries)} queries of {len(found)} dashboards"


@check("alerts", "the query of every alert runs, and gives the column that the alert compares")
def _alerts(deployment: Deployment) -> str:
    found = [
        one["values"] for one in deployment.terraform.resources() if one["type"] == "databricks_alert_v2"
    ]
    if not found:
        raise CheckSkippedError("the stack declares no alerts: they need a SQL warehouse")
    for alert in found:
        column = quote(alert["evaluation"]["source"]["name"])
        deployment.ask(f"SELECT {column} FROM ({alert['query_text']})")
    return f"{len(found)} queries"


@check(
    "change",
    "a changed topic, model and schedule are applied in place; the next run reads nothing again, and all tables are as before",
)
def _change(deployment: Deployment) -> str:
    kept = _Kept(deployment.terraform.folder)
    try:
        wanted = {_changed_job(kept, deployment), _changed_document(kept, deployment)}
        planned = {one["address"]: one["change"]["actions"] for one in deployment.terraform.planned()}
        if planned != {address: ["update"] for address in wanted}:
            raise CheckFailedError(f"updates of {sorted(wanted)} were wanted, the plan has {planned}")
        deployment.terraform.run("apply", "-auto-approve")
        read = deployment.rows_read()
        if read:
            raise CheckFailedError(f"after the change, the job read {read} again")
        rows = _tables(deployment)
    finally:
        kept.put_back()
    deployment.terraform.run("apply", "-auto-approve")
    return f"{len(wanted)} updates, and back; {rows}"


class _Kept:
    """Files of a stack that are changed for a while."""

    def __init__(self, folder: Path) -> None:
        self.stack = folder / "cdk.tf.json"
        self._texts: dict[Path, str] = {}

    def read(self, file: Path) -> Any:
        """The JSON in a file, whose text is kept."""
        self._texts[file] = file.read_text(encoding="utf-8")
        return json.loads(self._texts[file])

    def put_back(self) -> None:
        """Write every file as it was."""
        for file, text in self._texts.items():
            file.write_text(text, encoding="utf-8")


def _changed_job(kept: _Kept, deployment: Deployment) -> str:
    """Give the job another schedule, which is paused; returns the address of the job."""
    document = kept.read(kept.stack)
    jobs = document["resource"]["databricks_job"]
    (name,) = (name for name, job in jobs.items() if job["name"] == deployment.stack.job.name)
    for other in ("trigger", "continuous"):
        jobs[name].pop(other, None)
    jobs[name]["schedule"] = {
        "quartz_cron_expression": "11 13 5 * * ?",
        "timezone_id": "UTC",
        "pause_status": "PAUSED",
    }
    kept.stack.write_text(json.dumps(document), encoding="utf-8")
    return f"databricks_job.{name}"


def _changed_document(kept: _Kept, deployment: Deployment) -> str:
    """Give each topic a rule that warns, and each model another text; returns the address of the document's file."""
    address, file = deployment.document
    document = kept.read(file)
    for topic in document["topics"]:
        topic["quality"].append(
            {"name": "certified", "expect": "true", "scope": "row", "onViolation": "warn"}
        )
    for model in document["gold"]:
        model["sql"] = f"-- Changed by certify.\n{model['sql']}"
    file.write_text(json.dumps(document), encoding="utf-8")
    return address


@check("destroy", "destroying the stack leaves nothing of it")
def destroy(deployment: Deployment) -> str:
    """Remove all that the stack made."""
    resources = deployment.terraform.resources()
    deployment.remove_landing()
    deployment.terraform.run("destroy", "-auto-approve")
    left = [one["address"] for one in resources if _is_there(deployment, one)]
    if left:
        raise CheckFailedError(f"there still are {', '.join(left)}")
    return f"{len(resources)} resources gone"


def _is_there(deployment: Deployment, resource: dict[str, Any]) -> bool:
    client, values = deployment.client, resource["values"]
    asked: dict[str, Callable[[], object]] = {
        "databricks_schema": lambda: client.schemas.get(values["id"]),
        "databricks_volume": lambda: client.volumes.read(values["id"]),
        "databricks_sql_table": lambda: client.tables.get(values["id"]),
        "databricks_job": lambda: client.jobs.get(int(values["id"])),
        "databricks_notebook": lambda: client.workspace.get_status(values["path"]),
        "databricks_workspace_file": lambda: client.workspace.get_status(values["path"]),
        "databricks_directory": lambda: client.workspace.get_status(values["path"]),
        "databricks_cluster_policy": lambda: client.cluster_policies.get(values["id"]),
        "databricks_sql_endpoint": lambda: client.warehouses.get(values["id"]),
        "databricks_pipeline": lambda: client.pipelines.get(values["id"]),
    }
    if resource["mode"] != "managed" or resource["type"] not in asked:
        return False
    try:
        asked[resource["type"]]()
    except (NotFound, PermissionDenied):  # of a schema that is gone, a workspace says either
        return False
    return True


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _counted(rows: list[list[str | None]]) -> Counter[tuple[str | None, ...]]:
    return Counter(map(tuple, rows))


def _difference(found: Counter[Any], right: Counter[Any]) -> str:
    more, less = found - right, right - found
    if not more and not less:
        return ""
    first_more, first_less = list(more)[:_SHOWN], list(less)[:_SHOWN]
    return (
        f"{sum(more.values())} rows that should not be there, such as {first_more}; "
        f"{sum(less.values())} that lack, such as {first_less}"
    )
