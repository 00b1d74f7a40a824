"""What a catalogue file may say, and how its faults are named."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.catalogue_file import COLUMNS, Row, parse
from store.errors import CatalogueError

HEADER = ",".join(COLUMNS)
GOOD = {
    "sku": "T-1",
    "product": "高山烏龍",
    "option": "75 克",
    "category": "茶葉",
    "price": "380",
    "list_price": "420",
    "stock": "12",
    "description": "蘭花香",
    "image_url": "https://img.example/t1.jpg",
    "active": "1",
}


def written(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows({**GOOD, **row} for row in rows)
    return text.getvalue()


def problems(text: str) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        parse(text)
    return caught.value.problems


def test_a_row_is_read_as_it_is_meant() -> None:
    assert parse(written({})) == [
        Row(
            2,
            "T-1",
            "高山烏龍",
            "75 克",
            "茶葉",
            380,
            420,
            12,
            "蘭花香",
            "https://img.example/t1.jpg",
            active=True,
        )
    ]


def test_what_may_be_empty_may_be_empty() -> None:
    (row,) = parse(
        written({"option": "", "list_price": "", "description": "", "image_url": "", "active": ""})
    )
    assert (row.option, row.list_price, row.description, row.image_url, row.active) == (
        "",
        None,
        "",
        "",
        True,
    )


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("1", True), ("yes", True), ("TRUE", True), (" ", True), ("0", False), ("No", False), ("false", False)],
)
def test_active_takes_the_words_of_a_spreadsheet(word: str, meaning: bool) -> None:
    assert parse(written({"active": word}))[0].active is meaning


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("sku", " ", "sku must not be empty"),
        ("product", "", "product must not be empty"),
        ("category", "", "category must not be empty"),
        ("price", "", "price must be a whole number of at least 0, not ''"),
        ("price", "-1", "price must be a whole number"),
        ("price", "12.5", "price must be a whole number"),
        ("price", "1,200", "price must be a whole number"),
        ("price", "３８０", "price must be a whole number"),
        ("price", "10000000", "price is more than 9999999"),
        ("price", "9" * 5000, "price is more than 9999999"),
        ("list_price", "free", "list_price must be a whole number"),
        ("stock", "many", "stock must be a whole number"),
        ("active", "maybe", "active must be one of 1/0/yes/no/true/false, not 'maybe'"),
        ("sku", "s" * 51, "sku is longer than 50 characters"),
        ("description", "d" * 2001, "description is longer than 2000 characters"),
        ("product", "a\x00b", "product contains a NUL character"),
        ("image_url", "http://img.example/a.jpg", "image_url must be an https address or a file beside"),
        ("image_url", "javascript:alert(1)", "image_url must be an https address"),
        ("image_url", "https:a.jpg", "image_url must be an https address"),
        ("image_url", "https://img.example/a b.jpg", "image_url must be an https address"),
        ("image_url", "https://[half", "image_url is no address"),
    ],
)
def test_a_bad_field_is_named_with_its_line_and_its_rule(field: str, value: str, words: str) -> None:
    (problem,) = problems(written({"sku": "A", "option": "1"}, {"sku": "B", "option": "2", field: value}))
    assert problem.startswith("line 3: ")
    assert words in problem


def test_every_bad_row_is_reported_and_not_only_the_first() -> None:
    assert [
        problem.partition(":")[0] for problem in problems(written({"price": "x"}, {}, {"stock": "y"}))
    ] == [
        "line 2",
        "line 4",
    ]


def test_a_row_over_several_lines_is_named_by_its_first_and_does_not_shift_the_others() -> None:
    text = written(
        {"sku": "A", "option": "1", "description": "一\n二\r\n三"},
        {"sku": "B", "option": "2", "description": "四\n五", "price": "x"},
        {"sku": "C", "option": "3", "stock": "y"},
    )
    assert [problem.partition(":")[0] for problem in problems(text)] == ["line 5", "line 7"]


def test_empty_lines_are_passed_over_and_counted() -> None:
    text = (
        written({"sku": "A", "option": "1"})
        + "\r\n\r\n"
        + written({"sku": "B", "price": "x"}).split("\r\n")[1]
    )
    assert problems(text)[0].startswith("line 5: price")


@pytest.mark.parametrize(
    ("row", "words"),
    [("a,b,c", "line 2: has 3 fields, the header has 10"), (",".join("x" * 11), "line 2: has 11 fields")],
)
def test_a_row_of_another_length_is_refused(row: str, words: str) -> None:
    assert words in problems(f"{HEADER}\n{row}\n")[0]


def test_a_quote_that_never_ends_is_named_by_the_line_it_begins_on() -> None:
    text = written({"sku": "A"}) + 'B,"烏龍,75,茶葉,1,,1,,,1\nC,more\n'
    assert problems(text) == ["line 3: unexpected end of data"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "line 1: the header lacks sku, product"),
        (HEADER.replace("stock,", ""), "line 1: the header lacks stock"),
        (HEADER + ",colour", "line 1: the header has unknown columns: colour"),
        (HEADER + ",price", "line 1: the header has more than once: price"),
    ],
)
def test_a_wrong_header_is_said_before_anything_else(header: str, words: str) -> None:
    (problem,) = problems(header + "\nx\n")
    assert words in problem


def test_columns_may_stand_in_any_order() -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, sorted(COLUMNS))
    writer.writeheader()
    writer.writerow(GOOD)
    assert parse(text.getvalue()) == parse(written({}))


def test_a_file_without_rows_is_refused() -> None:
    assert problems(HEADER + "\n") == ["the file has no rows"]


def test_the_same_sku_twice_is_refused_and_both_lines_are_named() -> None:
    assert problems(written({"option": "1"}, {"option": "2"})) == ["line 3: sku 'T-1' is already on line 2"]


def test_the_same_option_twice_is_refused_but_not_in_another_category() -> None:
    assert problems(written({"sku": "A"}, {"sku": "B"})) == [
        "line 3: '高山烏龍' has option '75 克' on line 2 already"
    ]
    assert len(parse(written({"sku": "A"}, {"sku": "B", "category": "禮盒"}))) == 2


@given(text=st.text(max_size=300), beneath_header=st.booleans())
def test_any_text_is_read_or_refused_with_a_line_number(text: str, beneath_header: bool) -> None:
    found: list[str] = []
    try:
        rows = parse(f"{HEADER}\n{text}" if beneath_header else text)
    except CatalogueError as error:
        rows, found = [], error.problems
    assert rows or found
    assert all(problem.startswith("line ") or problem == "the file has no rows" for problem in found)


VALUE = st.text(st.characters(exclude_categories=["C"]), max_size=40).map(str.strip)


@given(
    product=VALUE.filter(bool), option=VALUE, price=st.integers(0, 9_999_999), stock=st.integers(0, 9_999_999)
)
def test_what_a_spreadsheet_writes_is_read_back(product: str, option: str, price: int, stock: int) -> None:
    row = {"product": product, "option": option, "price": str(price), "stock": str(stock)}
    (read,) = parse(written(row))
    assert (read.product, read.option, read.price, read.stock) == (product, option, price, stock)
