"""Column names: injective, reversible, and safe in Delta."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.inference import (
    column_among,
    column_name,
    field_of,
    fold,
    nested_name,
    original_name,
)
from pipelines.vocabulary import RESERVED_COLUMNS

ANY_NAME = st.text(max_size=12)
NEAR_ESCAPES = st.text(alphabet="_x205f a.A", max_size=14)
NAMES = ANY_NAME | NEAR_ESCAPES
DELTA_REJECTS = re.compile(r"[ ,;{}()\n\t=]")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("order_id", "order_id"),
        ("Order_ID", "Order_ID"),
        ("admittedAt", "admittedAt"),
        ("Größe", "Größe"),
        ("Été", "Été"),
        ("Ünit Price", "Ünit_x20_Price"),
        ("A_X20_b", "A_x5f_X20_b"),
        ("\u212aelvin", "kelvin"),
        ("İd", "i_x307_d"),
        ("pos_x", "pos_x"),
        ("pos_x2_old", "pos_x2_old"),
        ("tax_xml", "tax_xml"),
        ("select", "select"),
        ("größe", "größe"),
        ("straße", "straße"),
        ("数量", "数量"),
        ("unit price", "unit_x20_price"),
        ("a.b", "a_x2e_b"),
        ("a\tb\n", "a_x09_b_x0a_"),
        (",;{}()=", "x2c__x3b__x7b__x7d__x28__x29__x3d_"),
        ("a_x20_b", "a_x5f_x20_b"),
        ("_id", "_id"),
        ("__deleted", "__deleted"),
        ("$id", "x24_id"),
        ("_row_id", "x5f_row_id"),
        ("_Source", "x5f_Source"),
        ("ingest_ts", "x69_ngest_ts"),
        ("Ingest_TS", "x69_ngest_TS"),
        ("x5f_id", "x78_5f_id"),
        ("", "x_"),
        ("x_", "x78__"),
        ("ı", "x131_"),
        ("ς", "x3c2_"),
        ("😀", "x1f600_"),
    ],
)
def test_examples(name, column):
    assert column_name(name) == column
    assert original_name(column) == fold(name)


@given(NAMES)
@settings(max_examples=300, deadline=None)
def test_reversible(name):
    assert original_name(column_name(name)) == fold(name)
    assert original_name(nested_name(name)) == fold(name)


def shouted(name):
    """Upper case letter by letter, as Java compares names without regard to case."""
    return "".join(char.upper() if len(char.upper()) == 1 else char for char in name)


@given(NAMES, NAMES)
@settings(max_examples=300, deadline=None)
def test_injective_also_when_case_is_ignored(left, right):
    if fold(left) != fold(right):
        for name in (column_name, nested_name):
            assert fold(name(left)) != fold(name(right))
            assert shouted(name(left)) != shouted(name(right))


@given(NAMES)
@settings(max_examples=300, deadline=None)
def test_safe_and_never_a_column_of_the_pipeline(name):
    column = column_name(name)
    assert column
    assert not DELTA_REJECTS.search(column)
    assert fold(column) not in RESERVED_COLUMNS
    assert column.isprintable()
    assert fold(fold(name)) == fold(name)
    assert fold(column) == column_name(fold(name))


@given(st.from_regex(r"[a-wyz][a-z0-9]*(_[a-wyz0-9][a-z0-9]*)*", fullmatch=True))
def test_the_common_case_stays(name):
    assert column_name(name) == ("x69_ngest_ts" if name == "ingest_ts" else name)


def test_renamed_columns_are_left_alone():
    assert column_name("amount", {"amount"}) == "x61_mount"
    assert column_name("amount", {"amount", "x61_mount"}) == "x61__x6d_ount"
    assert original_name("x61__x6d_ount") == "amount"


RENAME = {"order_total": "amount", "unit price": "unitPrice", "a": "b", "b": "c"}


@pytest.mark.parametrize(
    ("name", "field", "column"),
    [
        ("order_total", "order_total", "amount"),
        ("Amount", "order_total", "amount"),
        ("unit price", "unit price", "unitPrice"),
        ("unit_x20_price", "unit price", "unitPrice"),
        ("UNITPRICE", "unit price", "unitPrice"),
        ("createdat", "createdat", "createdAt"),
        ("created at", "created at", "created_x20_at"),
        ("created_X20_at", "created at", "created_x20_at"),
        ("_row_id", "_row_id", "x5f_row_id"),
        # More is escaped than needs to be, as it once was.
        ("x5f_id", "_id", "_id"),
        # Both a field and a column: settings of fields mean the field, what is written over silver means the column.
        ("b", "b", "b"),
        ("c", "b", "c"),
        ("nowhere", "nowhere", None),
    ],
)
def test_names_of_config_may_be_the_source_s_or_silver_s(name, field, column):
    columns = ["amount", "unitPrice", "createdAt", "created_x20_at", "x5f_row_id", "_id", "b", "c"]
    assert field_of(name, RENAME) == field
    assert column_among(name, columns, RENAME) == column


def test_every_column_of_the_pipeline_is_reserved():
    from pipelines.silver import table as silver_table
    from pipelines.vocabulary import AUDIT_COLUMNS, RESERVED_COLUMNS

    own = {*AUDIT_COLUMNS, silver_table.RESCUED, silver_table.VALID_FROM, silver_table.VALID_TO}
    assert {*own, silver_table.IS_CURRENT} < RESERVED_COLUMNS
