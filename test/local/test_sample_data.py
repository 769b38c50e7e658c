"""The sample feed is the same everywhere, and wrong in every way it should be."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from local.sample_data import sample_batches
from test.local.expected import expected, expected_gold, parse


def test_it_is_the_same_on_every_machine() -> None:
    text = json.dumps(sample_batches(), sort_keys=True)
    assert text == json.dumps(sample_batches(), sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "6517afb90b9bfbde"
    assert sample_batches(seed=1) != sample_batches()


def test_batches_hold_hundreds_of_records() -> None:
    _, accounts = expected(sample_batches())
    assert len(accounts) == 4
    for account in accounts:
        assert 200 < sum(topic.read for topic in account.values()) < 700


def test_every_record_has_one_fate() -> None:
    for account in expected(sample_batches())[1]:
        for topic in account.values():
            assert topic.read == topic.silver + topic.quarantined + topic.deduplicated + topic.dropped


def test_what_it_shows() -> None:
    batches = sample_batches()
    silver, accounts = expected(batches)
    totals = Counter[str]()
    for account in accounts:
        for topic in account.values():
            totals.update(vars(topic))
    assert totals["deduplicated"] > 100
    assert totals["quarantined"] == 8
    # A field that appears later, and a number that turns into text.
    assert "channel" not in batches[0]["orders/2024-04-01.json"]
    assert silver["orders"].types["channel"] == "string"
    first, _ = expected(batches[:1])
    assert first["customers"].types["postal_code"] == "bigint"
    assert silver["customers"].types["postal_code"] == "string"
    # A pretty-printed array, of one record per element.
    array = batches[2]["orders/2024-04-15-backfill.json"]
    assert array.startswith('[\n  {\n    "order_id"')
    # Statuses change: nothing stays pending but what was placed last.
    statuses = Counter(row["order_status"] for row in silver["orders"].rows.values())
    assert statuses["Completed"] > 200
    assert statuses["Cancelled"] > 10


def test_late_events_lose_against_newer_ones() -> None:
    """Some order must arrive pending after it was completed, or the sample proves nothing about order."""
    latest: dict[str, str] = {}
    late = 0
    for batch in sample_batches():
        for name in sorted(batch):
            if name.startswith("orders/"):
                for row in rows(batch[name]):
                    moment = str(row["updated_at"])
                    late += moment < latest.get(str(row["order_id"]), "")
                    latest[str(row["order_id"])] = max(moment, latest.get(str(row["order_id"]), ""))
    assert late > 5


def rows(text: str) -> list[dict[str, object]]:
    if text.startswith("["):
        array: list[dict[str, object]] = json.loads(text)
        return array
    parsed = [parse(line) for line in text.splitlines()]
    return [row for row in parsed if row is not None and "order_id" in row]


def test_batching_does_not_matter_to_the_oracle() -> None:
    batches = sample_batches()
    together = {name: text for batch in batches for name, text in batch.items()}
    one_by_one, at_once = expected(batches)[0], expected([together])[0]
    assert one_by_one == at_once


def test_gold_counts_every_revenue_once() -> None:
    silver, _ = expected(sample_batches())
    gold = expected_gold(silver)
    revenue = sum(row["quantity"] * row["unit_price"] for row in silver["sales"].rows.values())
    for model in ("daily_kpis", "weekly_kpis", "revenue_margin", "customer_profitability"):
        assert sum(row["revenue"] for row in gold[model]) == revenue, model
    assert len(gold["weekly_kpis"]) == 4
    assert any(row["gross_margin"] is None for row in gold["revenue_margin"])
