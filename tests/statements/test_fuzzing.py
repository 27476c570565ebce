"""Whatever the bytes are: a file whose proven statements add up, or a refusal, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.statements.errors import StatementRefused
from recon.statements.parsers.bai2 import read_bai2
from recon.statements.parsers.camt import read_camt
from recon.statements.parsers.csv_lines import read_csv_lines
from recon.statements.parsers.fingerprints import fingerprints
from recon.statements.parsers.mt940 import read_mt940
from recon.statements.parsers.ofx import read_ofx
from recon.statements.parsers.reading import read_statements
from recon.statements.parsers.shapes import ParsedFile
from tests.statements.samples import CSV_MAP, GOOD, check

pytestmark = pytest.mark.pure

Reader = Callable[[bytes], ParsedFile]
READERS: dict[str, Reader] = {
    "mt940": read_mt940, "camt": read_camt, "ofx": read_ofx, "bai2": read_bai2,
    "csv": lambda data: read_csv_lines(data, CSV_MAP), "any": lambda data: read_statements(data, CSV_MAP),
}  # fmt: skip
# What the formats are made of, so that random bytes go deeper than their first line.
PIECES = [
    b"\n", b"\r", b":20:", b":25:A", b":60F:C260331EUR1,", b":61:260331C1,NTRF", b":86:/REMI/", b"?20", b":62M:D260331EUR1,",
    b"-", b"<", b">", b"<OFX>", b"</OFX>", b"<STMTRS>", b"<STMTTRN>", b"<TRNAMT>1", b"&#x0;", b"<Ntry>", b"<Stmt>", b"01,A,B,260331,,",
    b"02,", b"03,1,", b"16,100,1,", b"88,", b"49,0,1/", b"/", b",", b";", b'"', b"\x00", b"\xff\xfe", b"\x81", b"2026-03-31",
]  # fmt: skip


def outcome(read: Reader, data: bytes) -> None:
    """What came of it is checked."""
    refused: StatementRefused | None = None
    file = ParsedFile("", ())
    try:
        file = read(data)
    except StatementRefused as error:
        refused = error
    if refused is not None:
        assert refused.message
        assert refused.data.get("line", 1) > 0
        return
    check(file)
    for statement in file.statements:
        assert len(set(fingerprints(statement.lines))) == len(statement.lines)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)))
def test_arbitrary_bytes(name: str, data: bytes) -> None:
    outcome(READERS[name], data)


@st.composite
def mutations(draw: st.DrawFn, data: bytes) -> bytes:
    """A good file with bytes changed, its end cut off, and lines doubled, left out or put elsewhere."""
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        lines = data.split(b"\n")
        line = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                data = data[:place] + bytes([draw(st.integers(0, 255))]) + data[place + 1 :]
            case 1:
                data = data[:place]
            case 2:
                data = b"\n".join([*lines[: line + 1], *lines[line:]])
            case 3:
                data = b"\n".join([*lines[:line], *lines[line + 1 :]])
            case 4:
                data = b"\n".join([*lines[:line], *lines[line + 1 :], lines[line]])
            case _:
                data = data[:place] + draw(st.sampled_from(PIECES)) + data[place:]
    return data


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=100)
@given(st.data())
def test_mutations_of_good_files(name: str, data: st.DataObject) -> None:
    outcome(READERS["any"], data.draw(mutations(GOOD[name].encode())))


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "cp852", "utf-32", "utf-7"])
def test_other_encodings(name: str, encoding: str) -> None:
    outcome(READERS["any"], GOOD[name].replace("Jane", "Jané").encode(encoding))


@pytest.mark.parametrize("name", ["mt940", "camt.053", "ofx", "ofx2", "bai2"])
def test_every_tail_that_is_cut_off_is_refused(name: str) -> None:
    """A file that came in half is never taken for a whole one."""
    data = GOOD[name].rstrip().removesuffix("\n-").encode()
    last = data.rindex(b"\n") if name == "mt940" else len(data) - 1
    for end in range(last - 1, 0, -3):
        with pytest.raises(StatementRefused):
            read_statements(data[:end])
