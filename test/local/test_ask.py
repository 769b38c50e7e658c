"""Questions about the tables of an output folder: real processes, without Spark."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from local.ask.engine import is_complete, run_query
from local.ask.folder import TableFolder, open_folder
from local.errors import LocalError
from local.outdir import OutputFolder
from pipelines.inference.types import String
from pipelines.registry import Field, Schema, Version
from test.local.support import write_delta
from test.local.terminal import CTRL_C, Terminal

CTRL_D = b"\x04"
ROOT = Path(__file__).parents[2]
DOCUMENT = {
    "topics": [
        {"name": "orders", "source": {"files": "in"}, "silver": {"keys": ["orderId"], "rename": {"orderId": "order_id"}}},
        {"name": "clicks", "source": {"kafka": {"topic": "web"}}, "silver": {"keys": [], "rename": {}}},
    ],
    "gold": [
        {"name": "totals", "grain": ["order_id"], "needs": [{"input": "orders", "columns": [{"name": "amount"}]}]},
        {"name": "weekly", "grain": [], "needs": [{"input": "totals", "columns": [{"name": "total"}]}]},
    ],
}  # fmt: skip
AT = datetime(2026, 1, 31, 13, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of an environment with a prefix before its schemas."""
    out = tmp_path_factory.mktemp("ask") / "out"
    with OutputFolder(out, stack="dev") as folder:
        document = folder.path / "workspace" / "pipeline.json"
        document.parent.mkdir()
        document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
        schemas = {layer: f"jane_{layer}" for layer in ("bronze", "silver", "gold", "ops")}
        folder.record_job(catalog="Retail", schemas=schemas, document=document)
    row: dict[str, list[Any]] = {
        "order_id": ["o1"],
        "amount": [Decimal("1.10")],
        "at": [AT],
        "lines": [{"sku": "a", "n": [1]}],
        "Select": ["x"],
    }
    write_delta(out / "warehouse/jane_silver.db/orders", row, row | {"order_id": ["o2\x1b[31m"], "amount": [None]})  # fmt: skip
    write_delta(out / "warehouse/jane_gold.db/totals", {"order_id": ["o1"], "total": [2**53 + 1]})
    write_delta(out / "warehouse/jane_ops.db/run_log", {"number": list(range(250))})
    return out


@pytest.fixture
def folder(out: Path) -> TableFolder:
    return open_folder(out)


def ask(out: Path, *arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.ask", arguments[0], "--out", str(out), *arguments[1:]]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, input=input, check=False)


def question(folder: TableFolder, sql: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = run_query(folder, sql).to_pylist()
    return rows


@pytest.mark.parametrize(
    "name",
    [
        "silver.orders", "SILVER.Orders", '"silver"."orders"', "jane_silver.orders", "retail.silver.orders",
        "spark_catalog.jane_silver.orders", "silver.orders AS o", "(SELECT * FROM silver.orders)",
    ],
)  # fmt: skip
def test_names_are_those_of_the_workspace(folder: TableFolder, name: str) -> None:
    assert question(folder, f"SELECT count(*) AS n FROM {name}") == [{"n": 2}]


@pytest.mark.parametrize(
    ("at", "count"),
    [
        ("VERSION AS OF 0", 1), ("version as of '1'", 2), ("FOR VERSION AS OF 0", 1), ("VERSION\nAS OF 0 AS orders", 1),
        ("TIMESTAMP AS OF '2100-01-01'", 2), ("TIMESTAMP AS OF '2100-01-01T00:00:00Z'", 2),
    ],
)  # fmt: skip
def test_time_travel(folder: TableFolder, at: str, count: int) -> None:
    sql = f"SELECT count(orders.order_id) AS n, ' VERSION AS OF 9' AS t FROM silver.orders {at} -- x.y VERSION AS OF 9"
    assert question(folder, sql) == [{"n": count, "t": " VERSION AS OF 9"}]
    assert question(folder, sql.replace("silver.", "retail.silver.")) == [
        {"n": count, "t": " VERSION AS OF 9"}
    ]


def test_two_versions_of_one_table(folder: TableFolder) -> None:
    sql = "SELECT order_id FROM silver.orders ANTI JOIN silver.orders VERSION AS OF 0 old USING (order_id)"
    assert question(folder, sql) == [{"order_id": "o2\x1b[31m"}]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1 FROM orders", "There is no table orders; near are silver.orders."),
        ("SELECT 1 FROM silver.order", "There is no table silver.order; near are silver.orders"),
        ("SELECT 1 FROM zzz.q", "There is no table zzz.q; there are silver.orders, gold.totals, ops.run_log."),
        ("SELECT 1 FROM prod.silver.orders", "There is no table prod.silver.orders; near are silver.orders."),
        ("SELECT 1 FROM silver.orders VERSION AS OF 7", "silver.orders has no version 7; it has 0 to 1."),
        ("SELECT 1 FROM silver.orders VERSION AS OF 'x'", "VERSION AS OF takes a number, not 'x'."),
        ("SELECT 1 FROM silver.orders TIMESTAMP AS OF 'x'", "TIMESTAMP AS OF 'x' is no time; write it as"),
        ("SELECT 1 FROM silver.orders TIMESTAMP AS OF '2020-01-01'", "silver.orders is younger than 2020-01-01"),
        ("SELECT amount,\n  wrong\nFROM silver.orders", "LINE 2:   wrong\n          ^^^^^"),
        ("SELECT\n1 FRM silver.orders", 'syntax error at or near "silver"\n\nLINE 2: 1 FRM silver.orders\n'),
        ("SELECT 1; SELECT 2", "2 statements: query only reads: it takes one SELECT"),
        (" -- nothing", "There is no statement."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(folder: TableFolder, sql: str, said: str) -> None:
    with pytest.raises(LocalError) as raised:
        run_query(folder, sql)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO silver.orders SELECT * FROM silver.orders", "UPDATE silver.orders SET amount = 0",
        "DELETE FROM silver.orders", "CREATE TABLE t AS SELECT 1", "DROP VIEW silver.orders",
        "WITH x AS (SELECT 1) INSERT INTO silver.orders SELECT * FROM x", "EXPLAIN ANALYZE DELETE FROM silver.orders",
        "COPY (SELECT 1) TO '{file}'", "COPY silver.orders FROM '{file}'", "EXPORT DATABASE '{file}'",
        "ATTACH '{file}'", "ATTACH '{file}' AS x (READ_ONLY)", "INSTALL httpfs", "LOAD delta", "USE memory",
        "SET enable_external_access = true", "RESET enable_external_access", "PRAGMA enable_external_access=true",
        "SELECT * FROM '{file}'", "SELECT * FROM \"{file}\"", "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')", "SELECT * FROM read_blob('{file}')", "SELECT * FROM read_json('{file}')",
        "SELECT * FROM read_parquet('{file}')", "SELECT * FROM sniff_csv('{file}')", "SELECT * FROM glob('{file}*')",
        "SELECT * FROM query('FROM read_csv(''{file}'')')", "CALL pragma_version()", "CHECKPOINT",
        "SELECT (SELECT max(content) FROM read_text('{file}'))", "SELECT * FROM folder", "SELECT * FROM duckdb_secrets(); LOAD x",
    ],
)  # fmt: skip
def test_it_only_reads_and_no_files(folder: TableFolder, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n", encoding="utf-8")
    before = sorted(path for path in (*tmp_path.rglob("*"), *folder.out.rglob("*")))
    with pytest.raises(LocalError):
        run_query(folder, sql.replace("{file}", str(secret)))
    assert sorted(path for path in (*tmp_path.rglob("*"), *folder.out.rglob("*"))) == before
    assert secret.read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_only_named_tables_are_opened(out: Path, tmp_path: Path) -> None:
    """A table that is damaged stops only those who ask for it."""
    with OutputFolder(tmp_path / "out", stack="local") as made:
        made.record_job(catalog="c", schemas={}, document=made.path / "none.json")
    write_delta(tmp_path / "out/warehouse/gold.db/good", {"a": [1]})
    damaged = write_delta(tmp_path / "out/warehouse/gold.db/damaged", {"a": [1]})
    next(damaged.glob("*.parquet")).unlink()
    assert question(open_folder(tmp_path / "out"), "FROM gold.good") == [{"a": 1}]
    failed = ask(tmp_path / "out", "query", "FROM gold.damaged")
    assert failed.returncode == 2
    assert failed.stderr.startswith("medallion: gold.damaged cannot be read without Spark: ")
    tables = json.loads(ask(tmp_path / "out", "tables", "--format", "json").stdout)
    assert [(table["name"], table["rows"]) for table in tables] == [("damaged", 1), ("good", 1)]
    lost = ask(tmp_path / "out", "describe", "gold.good")
    assert (lost.returncode, lost.stderr.count("\n")) == (2, 1)
    assert "cannot be read: run the pipeline again" in lost.stderr


def test_every_format_has_the_values(out: Path, tmp_path: Path) -> None:
    sql = (
        "SELECT * EXCLUDE \"Select\", 1 AS n, 2 AS n, map {'k': 1} AS m FROM silver.orders ORDER BY order_id"
    )
    found = json.loads(ask(out, "query", sql, "--format", "json").stdout, parse_float=Decimal)
    first = {
        "order_id": "o1",
        "amount": Decimal("1.10"),
        "at": "2026-01-31 13:00:00Z",
        "lines": {"sku": "a", "n": [1]},
    }
    assert found == [
        {**first, "n": 1, "n_2": 2, "m": {"k": 1}},
        {**first, "order_id": "o2\x1b[31m", "amount": None, "n": 1, "n_2": 2, "m": {"k": 1}},
    ]
    rows = list(csv.reader(io.StringIO(ask(out, "query", sql, "--format", "csv").stdout)))
    assert rows[:2] == [
        ["order_id", "amount", "at", "lines", "n", "n_2", "m"],
        ["o1", "1.10", "2026-01-31 13:00:00Z", '{"sku": "a", "n": [1]}', "1", "2", '{"k": 1}'],
    ]
    table = ask(out, "query", sql).stdout
    assert "\x1b" not in table
    assert "o2\\x1b[31m |   NULL | 2026-01-31 13:00:00Z" in table
    assert table.endswith("(2 rows)\n")
    file = tmp_path / "answer.parquet"
    done = ask(out, "query", sql, "--format", "parquet", "--output", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    assert pq.read_table(file)["amount"].to_pylist() == [Decimal("1.10"), None]
    assert ask(out, "query", sql, "--format", "parquet").stderr == (
        "medallion: Parquet is no text: give a file with --output.\n"
    )
    assert (
        "cannot be written: No such file"
        in ask(out, "query", sql, "--output", str(tmp_path / "no" / "x")).stderr
    )


def test_a_long_answer_is_cut_on_the_terminal_alone(out: Path) -> None:
    shown = ask(out, "query", "SELECT * FROM ops.run_log").stdout
    assert shown.endswith("(250 rows, the first 100 of them shown; --format csv has all)\n")
    assert len(shown.splitlines()) == 103
    assert len(ask(out, "query", "FROM ops.run_log", "--format", "csv").stdout.splitlines()) == 251
    assert ask(out, "query", "SELECT sum(total) AS s FROM gold.totals", "--format", "json").stdout == (
        '[{"s": 9007199254740993}]\n'
    )


def test_a_statement_from_a_file_or_standard_input(out: Path, tmp_path: Path) -> None:
    file = tmp_path / "question.sql"
    file.write_text("SELECT max(number) AS m\nFROM ops.run_log;\n", encoding="utf-8")
    by_file = ask(out, "query", "--file", str(file), "--format", "csv")
    by_input = ask(out, "query", "--format", "csv", input=file.read_text(encoding="utf-8"))
    assert by_file.stdout == by_input.stdout == "m\n249\n"
    assert "cannot be read from" in ask(out, "query", "--file", str(tmp_path / "none.sql")).stderr
    assert "not both" in ask(out, "query", "--file", str(file), "SELECT 1").stderr


def test_a_reader_that_has_enough_is_no_error(out: Path) -> None:
    sql = "SELECT repeat('x', 1000) FROM ops.run_log, range(100)"
    command = f"{sys.executable} -m local.ask query --out '{out}' --format csv \"{sql}\" | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


def test_tables_columns_versions(out: Path) -> None:
    tables = json.loads(ask(out, "tables", "--format", "json").stdout)
    assert [(row["layer"], row["name"], row["rows"], row["version"]) for row in tables] == [
        ("silver", "orders", 2, 1), ("gold", "totals", 1, 0), ("ops", "run_log", 250, 0),
    ]  # fmt: skip
    assert all(row["bytes"] > 0 and row["last_write"].endswith("Z") for row in tables)
    columns = json.loads(ask(out, "describe", "silver.orders", "--format", "json").stdout)
    assert [(row["column"], row["type"], row["key"]) for row in columns] == [
        ("order_id", "string", "key"), ("amount", "decimal(3,2)", None), ("at", "timestamp", None),
        ("lines", "struct<sku: string, n: array<bigint>>", None), ("Select", "string", None),
    ]  # fmt: skip
    assert (
        '"total", "type": "bigint", "key": null'
        in ask(out, "describe", "jane_gold.totals", "--format", "json").stdout
    )
    versions = json.loads(ask(out, "history", "silver.orders", "--format", "json").stdout)
    assert [(row["version"], row["operation"], row["rows"]) for row in versions] == [
        (1, "WRITE", 1),
        (0, "WRITE", 1),
    ]
    assert "There is no table silver.order; near are" in ask(out, "history", "silver.order").stderr


def test_lineage(out: Path) -> None:
    assert ask(out, "lineage", "gold.weekly").stdout.splitlines() == [
        "files:in      -> bronze.orders",
        "bronze.orders -> silver.orders",
        "silver.orders -> gold.totals (amount)",
        "gold.totals   -> gold.weekly (total)",
    ]
    edges = json.loads(ask(out, "lineage", "bronze.clicks", "--format", "json").stdout)
    assert [(edge["source"], edge["target"]) for edge in edges] == [
        ("kafka:web", "bronze.clicks"), ("bronze.clicks", "bronze.clicks_quarantine"), ("bronze.clicks", "silver.clicks"),
    ]  # fmt: skip
    assert len(ask(out, "lineage").stdout.splitlines()) == 8
    assert "ops.run_log has no lineage" in ask(out, "lineage", "ops.run_log").stderr


def test_lineage_of_columns(out: Path, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    shutil.copytree(out, copy)
    schema = Schema(
        (
            Field("orderid", "order_id", String(), ("orderId",)),
            Field("amount ", "amount", String(), ("Amount ",)),
        )
    )
    version = Version("orders", 1, schema, schema.fingerprint(), (), "none", "4711", AT).to_row()
    write_delta(
        copy / "warehouse/jane_ops.db/schema_registry", {name: [value] for name, value in version.items()}
    )
    totals = {"order_id": [["orders", "orderId"]], "total": [["orders", "amount"]], "n": []}
    weekly = {"grown": [["totals", "total"], ["totals", "total"]]}
    newest: list[tuple[str, int, Any]] = [
        ("totals", 1, {"total": [["orders", "order_id"]]}),
        ("totals", 2, totals),
        ("weekly", 1, weekly),
    ]
    progress = {
        "stage": ["gold"] * 3,
        "name": [name for name, _, _ in newest],
        "to_version": [number for _, number, _ in newest],
        "details": [json.dumps({"columns": columns}) for _, _, columns in newest],
        "ts": [AT] * 3,
    }
    write_delta(copy / "warehouse/jane_ops.db/progress", progress)
    assert ask(copy, "lineage", "gold.weekly.grown").stdout.splitlines() == [
        "bronze.orders -> silver.orders.amount (Amount )",
        "silver.orders -> gold.totals.total (amount)",
        "gold.totals   -> gold.weekly.grown (total)",
    ]
    of_silver = json.loads(ask(copy, "lineage", "Silver.Orders.ORDER_ID", "--format", "json").stdout)
    assert of_silver == [
        {"source": "bronze.orders", "target": "silver.orders.order_id", "columns": ["orderId"]},
        {"source": "silver.orders", "target": "gold.totals.order_id", "columns": ["order_id"]},
    ]
    assert ask(copy, "lineage", "gold.totals.n").stdout == ""
    assert (
        "gold.totals has no column m; it has n, order_id, total."
        in ask(copy, "lineage", "gold.totals.m").stderr
    )
    assert (
        "lineage of the columns of gold.totals is not known"
        in ask(out, "lineage", "gold.totals.total").stderr
    )


def test_a_folder_where_nothing_has_run(tmp_path: Path) -> None:
    done = ask(tmp_path / "none", "tables")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Nothing has run in" in done.stderr
    assert "npm start, or medallion run" in done.stderr
    with OutputFolder(tmp_path / "out", stack="local"):
        pass
    assert "run the pipeline in it once more" in ask(tmp_path / "out", "tables").stderr


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("SELECT 1;", True), ("SELECT 1; -- end", True), ("SELECT ';'", False), ("SELECT 'a\n;", False),
        ("SELECT 1 -- ;", False), ("SELECT 1 /* ; */", False), ("SELECT 1 AS \";\"", False), ("SELECT '--';", True),
    ],
)  # fmt: skip
def test_a_statement_ends_in_a_semicolon(text: str, complete: bool) -> None:
    assert is_complete(text) == complete


@pytest.fixture
def shell(out: Path) -> Terminal:
    """The shell as a user starts it: by Node, which hands signals on."""
    command = ["node", "cli/bin.cjs", "query", "--out", str(out)]
    return Terminal(command, columns=60, cwd=ROOT)


def test_the_shell(shell: Terminal, out: Path) -> None:
    shell.wait_for("medallion>")
    shell.press(b"SELECT count(*) AS n\n")
    shell.wait_for("...>")
    shell.press(b"FROM silver.orders;\n")
    shell.wait_for("(1 row)")
    shell.press(b"SELECT nothing at all")
    shell.wait_for("nothing at all")
    shell.press(CTRL_C)
    shell.wait_for(lambda text: text.endswith("^C\nmedallion>"))
    shell.press(b"FROM silver.order;\n")
    shell.wait_for("There is no table silver.order; near are")
    # It stops a statement that runs, and not the shell.
    shell.press(b"SELECT count(*) FROM range(100000000) a, range(100000000) b;\n")
    shell.wait_for("b;")
    time.sleep(1)
    shell.press(CTRL_C)
    shell.wait_for(lambda text: text.count("^C\nmedallion>") == 2)
    shell.press(b".tables\n")
    shell.wait_for("(3 rows)")
    # The table is wider than the terminal: a line for each column.
    shell.press(b"SELECT * FROM silver.orders ORDER BY order_id LIMIT 1;\n")
    shell.wait_for('lines    | {"sku": "a", "n": [1]}')
    shell.press(b".wrong\n")
    shell.wait_for(".wrong is no command; .help lists them.")
    # The statement before last, from the history.
    shell.press(b"\x1b[A\x1b[A\n")
    shell.wait_for(lambda text: text.count('lines    | {"sku": "a", "n": [1]}') == 2)
    # Before it has the prompt, the terminal itself would take the end of input.
    shell.wait_for(lambda text: text.endswith("\nmedallion>"))
    shell.press(CTRL_D)
    assert shell.end() == 0, shell.text
    assert "Traceback" not in shell.text
    assert ".tables" in (out / ".medallion.history").read_text(encoding="utf-8")


def test_the_shell_ends_by_quit(shell: Terminal) -> None:
    shell.wait_for("medallion>")
    shell.press(b".quit\n")
    assert shell.end() == 0, shell.text
