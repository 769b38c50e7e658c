"""A topic is one YAML file, a metric one SQL file: shown in a temporary copy of the project, on pretty-printed arrays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from test.e2e.support import project_copy, rows, run

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TOPIC = """\
source: { files: returns }
silver: { mode: upsert, keys: [return_id], sequenceBy: updated_at }
schema: { hints: { refund: "decimal(18,2)" } }
"""

MODEL = """\
-- model: refunds_by_reason
-- grain: reason
-- needs: returns(reason string, refund decimal(18,2))
SELECT reason, count(*) AS returns, sum(refund) AS refunded FROM returns GROUP BY reason
"""


def test_one_yaml_and_one_sql_file_are_all_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = project_copy(tmp_path / "project", monkeypatch)
    (copy / "config/topics/returns.yaml").write_text(TOPIC, encoding="utf-8")
    (copy / "notebooks/gold/refunds_by_reason.sql").write_text(MODEL, encoding="utf-8")
    _land(tmp_path / "data/returns/1.json", [("R1", "broken", 10.10, 1), ("R2", "late", 5, 1)])
    _land(tmp_path / "data/returns/2.json", [("R1", "broken", 12.30, 2), ("R3", "broken", 0.20, 1)])
    order = {"order_id": "O10001", "customer_id": "C0001", "order_date": "2024-04-10T13:45:00"}
    orders = [{**order, "order_status": "Completed", "order_total": 159.98}]
    (tmp_path / "data/orders").mkdir()
    (tmp_path / "data/orders/1.json").write_text(json.dumps(orders, indent=2), encoding="utf-8")

    result = run(["--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")], copy)

    table = {
        row["reason"]: (row["returns"], str(row["refunded"]))
        for row in rows(result, "gold.refunds_by_reason")
    }
    assert table == {"broken": (2, "12.50"), "late": (1, "5.00")}
    assert [row["order_id"] for row in rows(result, "silver.orders")] == ["O10001"]
    assert str(rows(result, "gold.order_metrics")[0]["total_amount"]) == "159.9800"


def _land(path: Path, records: list[tuple[str, str, float, int]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ("return_id", "reason", "refund", "updated_at")
    path.write_text(
        json.dumps([dict(zip(names, r, strict=True)) for r in records], indent=2), encoding="utf-8"
    )
