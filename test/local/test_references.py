"""The resolver takes plain references and rejects everything else by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.errors import LocalError
from local.references import COMPUTED, Resolver


def resolve(resources: dict[str, Any], data: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    return Resolver({"resource": resources, "data": data or {}}).resolve_all()


SCHEMA = {"databricks_schema": {"s": {"catalog_name": "c", "name": "bronze"}}}


def test_a_whole_reference_keeps_the_type_of_its_value() -> None:
    found = resolve(
        {
            "a": {},
            "databricks_job": {
                "j": {"n": 3, "on": True, "l": [1], "copy": "x"},
                "k": {
                    "n": "${databricks_job.j.n}",
                    "on": "${databricks_job.j.on}",
                    "l": "${databricks_job.j.l}",
                },
            },
        }
    )
    assert found["databricks_job.k"] == {"n": 3, "on": True, "l": [1]}


def test_references_inside_a_string_become_text() -> None:
    found = resolve(
        {
            **SCHEMA,
            "databricks_volume": {
                "v": {
                    "catalog_name": "c",
                    "schema_name": "${databricks_schema.s.name}",
                    "name": "landing",
                    "comment": "in ${databricks_schema.s.name} of ${databricks_schema.s.catalog_name}!",
                }
            },
        }
    )
    assert found["databricks_volume.v"]["schema_name"] == "bronze"
    assert found["databricks_volume.v"]["comment"] == "in bronze of c!"


def test_computed_attributes_come_from_the_one_table() -> None:
    found = resolve(
        {
            **SCHEMA,
            "x": {},
            "databricks_volume": {
                "v": {"catalog_name": "c", "schema_name": "${databricks_schema.s.name}", "name": "landing"}
            },
            "databricks_grants": {
                "g": {"schema": "${databricks_schema.s.id}", "path": "${databricks_volume.v.volume_path}"}
            },
        }
    )
    assert found["databricks_grants.g"] == {"schema": "c.bronze", "path": "/Volumes/c/bronze/landing"}


def test_existing_things_are_found_by_their_name() -> None:
    found = resolve(
        {"databricks_schema": {"s": {"catalog_name": "${data.databricks_catalog.c.name}", "name": "x"}}},
        {"databricks_catalog": {"c": {"name": "main"}}},
    )
    assert found["databricks_schema.s"]["catalog_name"] == "main"


def test_references_may_follow_each_other() -> None:
    found = resolve(
        {
            "databricks_job": {
                "a": {"name": "${databricks_job.b.name}"},
                "b": {"name": "${databricks_job.c.name}"},
                "c": {"name": "end"},
            }
        }
    )
    assert found["databricks_job.a"]["name"] == "end"


def test_nested_blocks_are_resolved_and_comments_left_out() -> None:
    found = resolve(
        {
            **SCHEMA,
            "databricks_job": {
                "j": {
                    "//": {"metadata": "${nonsense()}"},
                    "depends_on": ["databricks_schema.s"],
                    "lifecycle": {"prevent_destroy": True},
                    "task": [{"task_key": "a", "base": {"s": "${databricks_schema.s.name}", "//": "no"}}],
                }
            },
        }
    )
    assert found["databricks_job.j"] == {"task": [{"task_key": "a", "base": {"s": "bronze"}}]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${upper(databricks_schema.s.name)}", r"function upper\(\) is not known"),
        ("a ${join(\",\", [1])} b", r"function join\(\) is not known"),
        ("${databricks_schema.s.name == \"x\" ? 1 : 2}", "is not known here"),
        ("${var.secret}", r"expression \$\{var.secret\} is not known"),
        ("${local.x}", "is not known"),
        ("${each.value}", "is not known"),
        ("${databricks_schema.s.name[0]}", "is not known"),
        ("${databricks_schema.s}", "is not known"),
        ("${databricks_schema.t.name}", "refers to databricks_schema.t, which this stack does not have"),
        ("${databricks_schema.s.owner}", r"neither configured nor among the computed attributes.*\(id, schema_id\)"),
        ("%{ if true }x%{ endif }", "not a plain reference"),
        ("${ \"${databricks_schema.s.name}\" }", "not a plain reference"),
    ],
)  # fmt: skip
def test_everything_else_is_rejected_by_name(text: str, message: str) -> None:
    with pytest.raises(LocalError, match=message) as caught:
        resolve({**SCHEMA, "databricks_job": {"j": {"name": text}}})
    assert "databricks_job.j" in str(caught.value) or "databricks_schema.s" in str(caught.value)


@pytest.mark.parametrize("argument", ["count", "for_each", "dynamic"])
def test_meta_arguments_are_rejected(argument: str) -> None:
    with pytest.raises(LocalError, match=f"databricks_job.j uses `{argument}`"):
        resolve({"databricks_job": {"j": {argument: 2}}})


def test_circles_are_named() -> None:
    with pytest.raises(
        LocalError, match=r"in a circle: databricks_job.a.n -> databricks_job.b.n -> databricks_job.a.n"
    ):
        resolve(
            {"databricks_job": {"a": {"n": "${databricks_job.b.n}"}, "b": {"n": "${databricks_job.a.n}"}}}
        )


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("$${not.a.reference}", "${not.a.reference}"),
        ("100 %%{x}", "100 %{x}"),
        ("costs $5 {x}", "costs $5 {x}"),
        # As Terraform 1.11 reads them.
        ("$$${x}", "$${x}"),
        ("$$$${x}", "$$${x}"),
        ("%%%{x}", "%%{x}"),
        ("%$${x}", "%${x}"),
        ("$%%{x}", "$%{x}"),
        ("$$ %% $ %", "$$ %% $ %"),
        ("%${databricks_job.j.m}$", "%m$"),
        ("$${databricks_job.j.m}", "${databricks_job.j.m}"),
        ("$$${x} ${databricks_job.j.e} $$${x}", "$${x} $${e} $${x}"),
    ],
)
def test_escapes_stand_for_themselves(text: str, meaning: str) -> None:
    job = {"n": text, "m": "m", "e": "$$${e}", "tags": {text: text}}
    found = resolve({"databricks_job": {"j": job}})["databricks_job.j"]
    assert found["n"] == meaning
    assert found["tags"] == {meaning: meaning}


@pytest.mark.parametrize("text", ["$%{ if true }", "a %{x}", '%%${upper("x")}', '$$${x} ${ file("{") }'])
def test_no_template_hides_behind_another_sign(text: str) -> None:
    with pytest.raises(LocalError, match=r"only \$\{type.name.attribute\}"):
        resolve({"databricks_job": {"j": {"n": text}}})


def test_a_value_that_looks_like_an_escape_after_a_reference_is_not_resolved_again() -> None:
    found = resolve({"databricks_job": {"a": {"n": "$${x}"}, "b": {"n": "<${databricks_job.a.n}>"}}})
    assert found["databricks_job.b"]["n"] == "<${x}>"


def test_lists_cannot_stand_inside_a_text() -> None:
    with pytest.raises(LocalError, match="A list cannot stand inside a text"):
        resolve({"databricks_job": {"a": {"n": [1]}, "b": {"n": "x${databricks_job.a.n}"}}})


def test_the_table_of_computed_attributes_is_sound() -> None:
    for type_name, attributes in COMPUTED.items():
        assert type_name.startswith(("databricks_", "data.databricks_"))
        for pattern in attributes.values():
            pattern.format_map(
                {"_name": "n", **dict.fromkeys(("name", "path", "catalog_name", "schema_name"), "x")}
            )


def test_no_machine_path_is_needed(tmp_path: Path) -> None:
    assert resolve({}) == {}


def test_one_of_sorted_ids_is_found() -> None:
    ids = 'sort(["b", databricks_job.z.n, databricks_job.a.n])'
    told = {"at": [f"${{element({ids}, {place})}}" for place in range(3)]}
    found = resolve({"databricks_job": {"a": {"n": "a"}, "z": {"n": "z"}, "told": told}})
    assert found["databricks_job.told"]["at"] == ["a", "b", "z"]


def test_a_variable_of_the_stack_stands_for_itself() -> None:
    body = {"config": {"slack": {"url": "${var.team_url}"}}, "n": "x ${var.team_url}"}
    stack = {
        "variable": {"team_url": {"type": "string"}},
        "resource": {"databricks_notification_destination": {"d": body}},
    }
    found = Resolver(stack).resolve_all()["databricks_notification_destination.d"]
    assert found == {"config": {"slack": {"url": "var.team_url"}}, "n": "x var.team_url"}
