"""Where parameters come from, and in which order."""

from __future__ import annotations

from typing import Any, cast

import pytest

from pipelines import tasks
from pipelines.config.parameters import Parameters, resolve
from pipelines.errors import ParameterError


class Widgets:
    """Widgets as a notebook has them: an unknown one raises."""

    def __init__(self, values: dict[str, str]) -> None:
        self.widgets = self
        self._values = values

    def get(self, name: str) -> str:
        """The value of a widget."""
        return self._values[name]


def _resolve(dbutils: Any = None, options: Any = None, defaults: Any = None) -> Parameters:
    return resolve(dbutils, options or {}, defaults or {}, "main", "new-run")


def test_without_anything_it_works_in_the_current_catalog() -> None:
    parameters = _resolve()
    assert parameters.tables.silver("orders") == "`main`.`silver`.`orders`"
    assert parameters.landing == "/Volumes/main/bronze/landing"
    assert parameters.checkpoints == "/Volumes/main/ops/checkpoints"
    assert (parameters.run_id, parameters.action, parameters.topics) == ("new-run", "run", ())


def test_arguments_win_over_widgets_over_environment_over_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDALLION_SCHEMA_GOLD", "from_environment")
    monkeypatch.setenv("MEDALLION_SCHEMA_OPS", "from_environment")
    widgets = Widgets({"schema_silver": "from_widget", "schema_gold": "from_widget"})
    defaults = {f"schema_{layer}": "from_default" for layer in ("bronze", "silver", "gold", "ops")}
    schemas = _resolve(widgets, {"schema_silver": "from_argument"}, defaults).tables.schemas
    assert schemas == {
        "bronze": "from_default",
        "silver": "from_argument",
        "gold": "from_widget",
        "ops": "from_environment",
    }


def test_places_follow_the_volume_root() -> None:
    parameters = _resolve(None, {"volume_root": "/out/volumes/"}, {"landing": "shared/raw/landing"})
    assert parameters.landing == "/out/volumes/shared/raw/landing"


def test_names_are_lists() -> None:
    assert _resolve(Widgets({"topics": "orders, sales ,"})).topics == ("orders", "sales")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"action": "explode"}, r"action is 'explode'; allowed: run, check, replay, accept_batch"),
        ({"catalog": "a`b"}, r"catalog is 'a`b'; allowed: a Unity Catalog name"),
        ({"schema_ops": "x;drop"}, r"schema_ops is 'x;drop'"),
    ],
)
def test_bad_values_are_rejected(options: dict[str, str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        _resolve(None, options)


@pytest.mark.parametrize("action", ["", " run ", "run"])
def test_the_task_of_an_action_rejects_a_run(action: str) -> None:
    # The job has told the two apart by the letters, and has left out the tasks of a run.
    with pytest.raises(ParameterError, match="Parameter action is"):
        tasks.prepare(cast(Any, None), Widgets({"action": action, "task": "action"}), {"action": "run"})
