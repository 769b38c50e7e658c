"""Explanations of gold models: the cost of a change of each input, from the plan alone. No table is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from pipelines.config.document import GoldModel
from pipelines.gold.changes import analyse_model
from pipelines.gold.compile import compile_model


@dataclass(frozen=True)
class Explanation:
    """The refreshes of a model after changes of its inputs."""

    model: str
    refresh: str
    """The header's choice: auto, incremental, full or strict."""
    full: Mapping[str, str]
    """Inputs whose changes make the refresh a full one, with the reason."""
    beside: Mapping[str, tuple[str, ...]]
    """Inputs whose changes are refreshed incrementally, each with those that take part with all their rows."""

    @property
    def fails(self) -> bool:
        """True if some change makes the model fail: it is strict, and that change allows no incremental refresh."""
        return self.refresh == "strict" and bool(self.full)

    def lines(self) -> list[str]:
        """The explanation for people, a line per input below the model's own."""
        width = max(map(len, (*self.full, *self.beside)))
        fault = "fails" if self.refresh == "strict" else "full"
        told = {name: f"{fault}: {reason}" for name, reason in self.full.items()}
        for name, others in self.beside.items():
            told[name] = "changed groups" + (f", beside all rows of {', '.join(others)}" if others else "")
        return [f"{self.model} (refresh: {self.refresh})"] + [
            f"  {name:{width}}  {text}" for name, text in sorted(told.items())
        ]

    def to_json(self) -> dict[str, Any]:
        """The explanation as JSON."""
        beside = {name: list(others) for name, others in self.beside.items()}
        return {"model": self.model, "refresh": self.refresh, "full": dict(self.full), "followed": beside}


def explain(spark: SparkSession, model: GoldModel) -> Explanation:
    """Return the refreshes of a model after changes of its inputs.

    Raises:
        SqlNotCompiledError: The model's SQL does not compile.
    """
    compile_model(spark, model)
    analysis = analyse_model(spark, model)
    full: dict[str, str] = {}
    beside: dict[str, tuple[str, ...]] = {}
    for input_ in model.inputs:
        reason = analysis.why_full(input_.name)
        if reason is None:
            beside[input_.name] = tuple(sorted(analysis.joined[input_.name]))
        else:
            full[input_.name] = reason
    return Explanation(model.name, model.refresh, full, beside)
