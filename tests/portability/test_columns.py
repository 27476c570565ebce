import pytest

from ledgerflow.files.columns import bind, read_constants, read_pairs
from ledgerflow.files.problems import OptionProblem

pytestmark = pytest.mark.pure

KNOWN = frozenset({"code", "name", "amount"})


def test_fields_come_from_columns_and_constants() -> None:
    fields = bind(["id", "value"], {"code": "id", "metadata.v": "value"}, {"name": "No. {id} of {value}!"}, KNOWN)
    assert fields([" 7 ", "x"]) == {"code": "7", "metadata.v": "x", "name": "No. 7 of x!"}


def test_without_a_map_columns_named_like_fields_are_taken() -> None:
    fields = bind(["code", "other", "dimension.project"], {}, {"name": "x"}, KNOWN)
    assert fields(["7", "y", "P"]) == {"code": "7", "dimension.project": "P", "name": "x"}


@pytest.mark.parametrize("header, columns, constants, words", [
    (["id"], {"code": "absent"}, {}, "no column 'absent'"),
    (["id", "id"], {"code": "id"}, {}, "the column 'id' twice"),
    (["id"], {"colour": "id"}, {}, "no field 'colour'"),
    (["id"], {"code": "id"}, {"code": "7"}, "set as well"),
    (["id"], {}, {"name": "{absent}"}, "no column 'absent'"),
    ([f"c{n}" for n in range(40)], {"code": "absent"}, {}, "c29 …"),
])  # fmt: skip
def test_a_map_that_does_not_fit_says_why(
    header: list[str], columns: dict[str, str], constants: dict[str, str], words: str
) -> None:
    with pytest.raises(OptionProblem, match=words):
        bind(header, columns, constants, KNOWN)


def test_options_are_read() -> None:
    assert read_pairs("--columns", ["a=b, c=d", "e=f"]) == {"a": "b", "c": "d", "e": "f"}
    assert read_pairs("--commodities", ["$=USD,=UNIT"]) == {"$": "USD", "": "UNIT"}
    assert read_constants("--set", ["name=a=b, c"]) == {"name": "a=b, c"}


@pytest.mark.parametrize("text", ["a", "a=", "a=b,,"])
def test_a_pair_that_is_none_says_so(text: str) -> None:
    with pytest.raises(OptionProblem, match="--columns is a list"):
        read_pairs("--columns", [text])


def test_a_name_given_twice_or_without_text_says_so() -> None:
    with pytest.raises(OptionProblem, match="'a' twice"):
        read_pairs("--columns", ["a=b", "a=c"])
    with pytest.raises(OptionProblem, match="field=text"):
        read_constants("--set", ["name"])
