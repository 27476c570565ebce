import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.files.problems import FileProblem
from ledgerflow.files.rows import MAX_ROW_CHARACTERS, FileRow, examine, has_changed, open_rows, row_writer

pytestmark = pytest.mark.pure


def read(path: Path, content: str | bytes, delimiter: str = ",") -> tuple[list[str], list[FileRow]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_rows(examine(path), delimiter) as (header, rows):
        return header, list(rows)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_rows_come_with_the_line_they_start_on(file: Path) -> None:
    header, rows = read(file, 'a,b\n1,2\n\n"x\ny",3\r\n4,5')
    assert header == ["a", "b"]
    assert rows == [FileRow(2, ["1", "2"]), FileRow(4, ["x\ny", "3"]), FileRow(6, ["4", "5"])]


def test_a_byte_order_mark_and_spaces_are_no_part_of_the_first_column_s_name(file: Path) -> None:
    assert read(file, "\ufeff a ;b\n1;2\n".encode(), ";") == (["a", "b"], [FileRow(2, ["1", "2"])])


def test_a_quote_never_closed_costs_one_row_and_not_the_rest_of_the_file(file: Path) -> None:
    _, rows = read(file, 'a,b\n"1,2\n3,4\n5,6\n')
    assert [row.cells for row in rows] == [['"1,2'], ["3", "4"], ["5", "6"]]
    assert [row.number for row in rows] == [2, 3, 4]
    assert "cannot be read" in rows[0].problem
    assert not rows[1].problem


def test_text_after_a_closing_quote_is_refused_not_guessed(file: Path) -> None:
    _, rows = read(file, 'a,b\n"1"x,2\n3,4\n')
    assert rows[0].problem
    assert rows[1] == FileRow(3, ["3", "4"])


def test_a_nul_character_refuses_its_row(file: Path) -> None:
    _, rows = read(file, "a,b\n1,\x002\n3,4\n")
    assert "NUL" in rows[0].problem
    assert rows[1] == FileRow(3, ["3", "4"])


@pytest.mark.parametrize("size", [200_000, MAX_ROW_CHARACTERS + 10, 3 * MAX_ROW_CHARACTERS])
def test_a_huge_field_refuses_its_row_alone(file: Path, size: int) -> None:
    _, rows = read(file, f"a,b\n1,{'x' * size}\n3,4\n")
    assert rows[0].problem
    assert len(rows[0].cells[0]) <= MAX_ROW_CHARACTERS + 1
    assert rows[1] == FileRow(3, ["3", "4"])


def test_a_quoted_field_over_too_many_lines_is_cut_at_its_first_line(file: Path) -> None:
    _, rows = read(file, 'a\n"x\n' + "y\n" * 1500)
    assert "lines" in rows[0].problem
    assert rows[1] == FileRow(3, ["y"])
    assert rows[-1] == FileRow(1502, ["y"])


cells = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8))
def test_what_is_written_is_read_back(table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    write = row_writer(text)
    for row in [["a", "b"], *table]:
        write(row)
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"rows-{os.getpid()}.csv"  # noqa: S108 - tmp_path is per test, not per example
    try:
        _, rows = read(path, text.getvalue())
    finally:
        path.unlink()
    assert [row.cells for row in rows] == table


@given(st.lists(st.sampled_from(['"', ",", "a", "\n", "\r", '""', "1"]), max_size=30).map("".join))
def test_every_line_of_any_text_ends_up_in_some_row(text: str) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"any-{os.getpid()}.csv"  # noqa: S108 - as above
    try:
        _, rows = read(path, f"h\n{text}")
    finally:
        path.unlink()
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line]
    assert sum(line.count("a") for line in lines) == sum(cell.count("a") for row in rows for cell in row.cells)
    assert [row.number for row in rows] == sorted({row.number for row in rows})


@pytest.mark.parametrize("content, words", [
    (b"", "is empty"),
    (b"\n\n", "must name the columns"),
    (b'"a', "must name the columns"),
    ("a,b\ngr\u00fcn,1\n".encode("latin-1"), "byte 0xfc on line 2"),
    (b"a,b\n1,\xc3", "not UTF-8"),
])  # fmt: skip
def test_a_file_that_cannot_be_csv_says_why(file: Path, content: bytes, words: str) -> None:
    with pytest.raises(FileProblem, match=words):
        read(file, content)


def test_what_is_not_a_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="a directory"):
        examine(tmp_path)
    with pytest.raises(FileProblem, match="No such file"):
        examine(tmp_path / "absent.csv")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileProblem, match="not a regular file"):
        examine(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(file: Path) -> None:
    file.touch(mode=0)
    with pytest.raises(FileProblem, match="Permission denied"):
        examine(file)


def test_a_change_of_the_file_is_noticed(file: Path) -> None:
    file.write_text("a\n1\n")
    source = examine(file)
    assert not has_changed(source)
    file.write_text("a\n1\n2\n")
    assert has_changed(source)
    file.unlink()
    assert has_changed(source)


def test_the_writer_quotes_what_python_s_own_leaves_open() -> None:
    text = io.StringIO(newline="")
    row_writer(text)(["a\rb", 1])
    assert text.getvalue() == '"a\rb","1"\n'
    assert list(csv.reader(["a,b"])) == [["a", "b"]]
