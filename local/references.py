"""Resolves the references of a synthesized Terraform document.

Only `${type.name.attribute}` is taken, whole or inside a string (and a variable of the stack, and one of sorted ids); the
attribute is configured, or stands in the one table below. Functions and other expressions are rejected by name: guessing what Terraform would compute is worse than
saying that it is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local.errors import LocalError

# Attributes that the provider computes at apply, as patterns over the resource's own (`{_name}` is its logical name).
# On this machine ids only have to be stable and different; names and paths are what they would be.
COMPUTED: Mapping[str, Mapping[str, str]] = {
    "databricks_alert_v2": {"id": "alert-{_name}"},
    "databricks_catalog": {"id": "{name}"},
    "databricks_cluster": {"id": "cluster-{_name}", "cluster_id": "cluster-{_name}"},
    "databricks_cluster_policy": {"id": "policy-{_name}", "policy_id": "policy-{_name}"},
    "databricks_dashboard": {"id": "dashboard-{_name}", "dashboard_id": "dashboard-{_name}"},
    "databricks_directory": {"id": "{path}", "workspace_path": "/Workspace{path}"},
    "databricks_file": {"id": "{path}"},
    "databricks_job": {"id": "job-{_name}", "url": "local:job-{_name}"},
    "databricks_notebook": {"id": "{path}", "workspace_path": "/Workspace{path}"},
    "databricks_notification_destination": {"id": "destination-{_name}"},
    "databricks_pipeline": {"id": "pipeline-{_name}", "url": "local:pipeline-{_name}"},
    "databricks_query": {"id": "query-{_name}"},
    "databricks_schema": {"id": "{catalog_name}.{name}", "schema_id": "schema-{_name}"},
    "databricks_secret_scope": {"id": "{name}"},
    "databricks_service_principal": {"id": "principal-{_name}", "application_id": "principal-{_name}"},
    "databricks_sql_endpoint": {"id": "warehouse-{_name}", "data_source_id": "source-{_name}"},
    "databricks_sql_table": {"id": "{catalog_name}.{schema_name}.{name}"},
    "databricks_volume": {
        "id": "{catalog_name}.{schema_name}.{name}",
        "volume_path": "/Volumes/{catalog_name}/{schema_name}/{name}",
    },
    "databricks_workspace_file": {"id": "{path}", "workspace_path": "/Workspace{path}"},
    "data.databricks_catalog": {"id": "{name}"},
    "data.databricks_current_user": {
        "id": "local",
        "user_name": "local",
        "alphanumeric": "local",
        "home": "/Users/local",
    },
    "data.databricks_schema": {"id": "{name}"},
    "data.databricks_sql_warehouse": {"id": "warehouse-{_name}"},
    "data.databricks_volume": {"id": "{name}"},
}

# Parts of a text as Terraform reads it, from left to right: an escape, an expression, the beginning of something else.
_TEMPLATE = re.compile(r"(?P<escaped>\$\$\{|%%\{)|\$\{(?P<expression>[^{}]*)\}|(?P<other>[$%]\{)")
_REFERENCE = re.compile(r"((?:data\.)?databricks_[a-z0-9_]+)\.([A-Za-z_][\w-]*)\.([a-z_][a-z0-9_]*)")
# A variable of the stack holds a secret of whoever deploys; here it is not needed, so its name stands for it.
_VARIABLE = re.compile(r"var\.([a-z][a-z0-9_]*)")
# Of ids that have to be in their order, the one at an index: plain ids and references.
_ONE_OF_SORTED = re.compile(
    r'element\(sort\(\[((?:"[\w-]+"|[\w.-]+)(?:, (?:"[\w-]+"|[\w.-]+))*)\]\), (\d+)\)'
)
# Blocks that mean many resources at once: their references cannot be followed one by one.
_META_ARGUMENTS = ("count", "for_each", "dynamic")


class Resolver:
    """The resources and data sources of one stack, with every reference replaced by what it stands for."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._raw: dict[str, dict[str, Any]] = {}
        self._resolved: dict[tuple[str, str], Any] = {}
        self._open: list[tuple[str, str]] = []
        self._variables = frozenset(document.get("variable", {}))
        for kind, prefix in (("resource", ""), ("data", "data.")):
            for type_name, named in document.get(kind, {}).items():
                for name, body in named.items():
                    self._raw[f"{prefix}{type_name}.{name}"] = body

    def addresses(self, type_name: str) -> list[str]:
        """Addresses of every resource of a type, sorted."""
        return sorted(address for address in self._raw if address.rpartition(".")[0] == type_name)

    def resolve_all(self) -> dict[str, dict[str, Any]]:
        """Every resource by address, resolved; raises on the first reference that cannot be."""
        return {address: self.resource(address) for address in sorted(self._raw)}

    def resource(self, address: str) -> dict[str, Any]:
        """The configured attributes of one resource, resolved. Comments and meta-arguments are left out."""
        body = self._raw[address]
        for argument in _META_ARGUMENTS:
            if argument in body:
                raise LocalError(f"{address} uses `{argument}`, which the local runner does not take.")
        kept = (key for key in body if key not in ("//", "depends_on", "lifecycle", "provider"))
        return {key: self._attribute(address, key) for key in kept}

    def attribute(self, address: str, attribute: str) -> Any:
        """One attribute of a resource, configured or computed, resolved."""
        return self._attribute(address, attribute)

    def _attribute(self, address: str, attribute: str) -> Any:
        key = (address, attribute)
        if key in self._resolved:
            return self._resolved[key]
        if key in self._open:
            path = " -> ".join(f"{a}.{b}" for a, b in [*self._open, key])
            raise LocalError(f"References go round in a circle: {path}.")
        self._open.append(key)
        try:
            value = self._lookup(address, attribute)
        finally:
            self._open.pop()
        self._resolved[key] = value
        return value

    def _lookup(self, address: str, attribute: str) -> Any:
        body = self._raw[address]
        if attribute in body:
            return self._value(body[attribute], f"{address}.{attribute}")
        type_name, _, name = address.rpartition(".")
        pattern = COMPUTED.get(type_name, {}).get(attribute)
        if pattern is None:
            raise LocalError(
                f"{address}.{attribute} is neither configured nor among the computed attributes that the local "
                f"runner knows ({', '.join(sorted(COMPUTED.get(type_name, {}))) or f'none of {type_name}'})."
            )
        fields = {field: self._attribute(address, field) for field in re.findall(r"{([a-z]\w*)}", pattern)}
        return pattern.format(_name=name, **fields)

    def _value(self, value: Any, where: str) -> Any:
        if isinstance(value, dict):
            return {
                self._text(key, where): self._value(item, f"{where}.{key}")
                for key, item in value.items()
                if key != "//"
            }
        if isinstance(value, list):
            return [self._value(item, f"{where}[{at}]") for at, item in enumerate(value)]
        return self._text(value, where) if isinstance(value, str) else value

    def _text(self, text: str, where: str) -> Any:
        whole = _TEMPLATE.fullmatch(text)
        if whole and whole["expression"] is not None:
            return self._expression(whole["expression"], where)

        def meaning(match: re.Match[str]) -> str:
            if match["escaped"]:
                return match[0][1:]
            if match["expression"] is not None:
                return _as_text(self._expression(match["expression"], where))
            raise LocalError(
                f"{where}: the template in {text!r} is not a plain reference; the local runner takes only "
                "${type.name.attribute}."
            )

        return _TEMPLATE.sub(meaning, text)

    def _expression(self, expression: str, where: str) -> Any:
        variable = _VARIABLE.fullmatch(expression.strip())
        if variable and variable[1] in self._variables:
            return expression.strip()
        one = _ONE_OF_SORTED.fullmatch(expression.strip())
        if one:
            items = [item.strip() for item in one[1].split(",")]
            values = [json.loads(item) if item[0] == '"' else self._expression(item, where) for item in items]
            return sorted(values)[int(one[2])]
        match = _REFERENCE.fullmatch(expression.strip())
        if match is None:
            function = re.match(r"\s*([a-z_]\w*)\s*\(", expression)
            what = f"function {function[1]}()" if function else f"expression ${{{expression}}}"
            raise LocalError(
                f"{where}: the {what} is not known here; the local runner takes only ${{type.name.attribute}}."
            )
        type_name, name, attribute = match.groups()
        address = f"{type_name}.{name}"
        if address not in self._raw:
            raise LocalError(f"{where}: refers to {address}, which this stack does not have.")
        return self._attribute(address, attribute)


def _as_text(value: Any) -> str:
    """A referenced value inside a longer text, as Terraform writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise LocalError(f"A {type(value).__name__} cannot stand inside a text.")
