"""A table as text: what is written reads back, and nothing in it acts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.trial.columns import TABLES
from neurofeedback.trial.tables import Column, Table, guarded, read_tsv, unguarded

COLUMNS = (
    Column("words", "Words."),
    Column("n", "A number.", "integer"),
    Column("x", "A measure.", "number", "s"),
    Column("yes", "Whether.", "truth"),
)
ROWS = st.fixed_dictionaries(
    {
        "words": st.none() | st.text(),
        "n": st.none() | st.integers(),
        "x": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "yes": st.none() | st.booleans(),
    }
)


@given(st.lists(ROWS, max_size=5))
def test_any_values_read_back(rows):
    table = Table("t", "", COLUMNS, tuple(rows))
    text = table.to_tsv()
    assert text.count("\n") == len(rows) + 1
    assert read_tsv("t", text, table.dictionary()).rows == table.rows


@given(st.text())
def test_no_text_acts_on_a_spreadsheet_a_terminal_or_a_line(text):
    cell = guarded(text)
    assert unguarded(cell) == text
    assert cell
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in cell)


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30", "-5", "@SUM(A1)", "'x", "n/a", "", "\x1b[2J", "a\tb", "\u202egpj"]
)
def test_known_tricks(text):
    assert unguarded(guarded(text)) == text
    assert guarded(text)[0] in "'a\\"


def test_right_to_left_letters_stay_as_they_are():
    assert guarded("\u0634\u0643\u0631\u0627") == "\u0634\u0643\u0631\u0627"


def test_what_fits_no_dictionary_is_refused():
    table = Table("t", "", COLUMNS, ({"n": 3},))
    with pytest.raises(UserError, match="does not describe its columns"):
        read_tsv("t", table.to_tsv(), {})
    with pytest.raises(UserError, match="Line 2 of the table t"):
        read_tsv("t", table.to_tsv().replace("3", "three"), table.dictionary())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_described_once(table):
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert all(column.about.endswith(".") for column in table.columns)
