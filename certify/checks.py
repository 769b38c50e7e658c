"""The checks, in the order in which they are made: each builds on what the ones before it left."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from databricks.sdk.errors import NotFound, PermissionDenied

from certify.deployment import Deployment
from certify.errors import CheckFailedError, CheckSkippedError
from certify.terraform import CHANGES, NOTHING_TO_DO

_SHOWN = 3


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


@check("files", "every notebook and library that the job names is in the workspace")
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
    return f"{len(paths)} paths"


@check("grants", "every principal has the privileges that the stack declares")
def _grants(deployment: Deployment) -> str:
    declared = [
        one["values"] for one in deployment.terraform.resources() if one["type"] == "databricks_grant"
    ]
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


@check("run", "the job runs over files that were uploaded, and accounts for every record", needed=True)
def _run(deployment: Deployment) -> str:
    deployment.land()
    topics = deployment.run_job()["topics"]
    for topic, counts in topics.items():
        fates = sum(counts[name] for name in ("silver", "quarantined", "deduplicated", "dropped"))
        if counts["read"] != fates:
            raise CheckFailedError(f"{topic}: {counts['read']} records were read, {fates} are accounted for")
    read = sum(counts["read"] for counts in topics.values())
    if read == 0:
        raise CheckFailedError("the job read nothing, though files have landed")
    return f"{read} records of {len(topics)} topics from {len(deployment.files)} files"


@check("tables", "silver and gold hold, row by row, what the same files give on this machine")
def _tables(deployment: Deployment) -> str:
    statements = deployment.expected.statements()
    wanted = deployment.expected.answers(list(statements.values()))
    rows = 0
    for (table, statement), right in zip(statements.items(), wanted, strict=True):
        found = deployment.ask(statement)
        difference = _difference(_counted(found), _counted(right))
        if difference:
            raise CheckFailedError(f"{table}: {difference}")
        rows += len(found)
    return f"{rows} rows of {len(statements)} tables"


@check("second-run", "a second run reads nothing")
def _second_run(deployment: Deployment) -> str:
    read = {
        topic: counts["read"] for topic, counts in deployment.run_job()["topics"].items() if counts["read"]
    }
    if read:
        raise CheckFailedError(f"it read {read}")
    return "0 records"


@check("doctor", "the job finds in the workspace all that it needs")
def _doctor(deployment: Deployment) -> str:
    lines = deployment.run_job(action="doctor").get("checks") or []
    wrong = [line for line in lines if not line.startswith("ok ")]
    if wrong or not lines:
        raise CheckFailedError("; ".join(wrong) or "the job said nothing")
    return f"{len(lines)} lines"


@check("dashboards", "the queries of every dashboard run")
def _dashboards(deployment: Deployment) -> str:
    found = [
        one["values"] for one in deployment.terraform.resources() if one["type"] == "databricks_dashboard"
    ]
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


@check("change", "a change of the job is applied in place, and data stay")
def _change(deployment: Deployment) -> str:
    file = deployment.terraform.folder / "cdk.tf.json"
    text = file.read_text(encoding="utf-8")
    document = json.loads(text)
    (job,) = (
        one
        for one in document["resource"]["databricks_job"].values()
        if one["name"] == deployment.stack.job.name
    )
    job["description"] = "Changed by certify."
    file.write_text(json.dumps(document), encoding="utf-8")
    try:
        actions = [(one["address"], one["change"]["actions"]) for one in deployment.terraform.planned()]
        if [done for _, done in actions] != [["update"]]:
            raise CheckFailedError(f"one update was wanted, the plan has {actions}")
        deployment.terraform.run("apply", "-auto-approve")
    finally:
        file.write_text(text, encoding="utf-8")
    deployment.terraform.run("apply", "-auto-approve")
    statements = deployment.expected.statements()
    counts = {name: deployment.ask(f"SELECT count(*) FROM ({one})")[0][0] for name, one in statements.items()}
    empty = sorted(name for name, count in counts.items() if name.startswith("silver.") and count == "0")
    if empty:
        raise CheckFailedError(f"{', '.join(empty)} lost their rows")
    return "one update, and one back"


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
