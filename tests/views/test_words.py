"""The words that journals are found by."""

from __future__ import annotations

import pytest

from journals.views.words import (
    LONGEST_TEXT,
    LONGEST_WORD,
    MOST_SEARCHED,
    query_of,
    search_text,
    texts_in,
    words_of,
    words_of_account,
)

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    "text, words",
    [
        ("", []), ("INV-2026-001", ["inv", "2026", "001"]), ("shop.example/a_b", ["shop", "example", "a", "b"]),
        ("Straße ÉTÉ", ["strasse", "ete"]), ("e\u0301te\u0301", ["ete"]), ("Ørsted Łódź", ["orsted", "lodz"]), ("が", ["が"]), ("\uff11\uff12 \ufb01n", ["12", "fin"]),
        ("'a' & \\b | !c:*", ["a", "b", "c"]), ("東京 -5.50", ["東京", "5", "50"]), ("x" * 100, ["x" * LONGEST_WORD]),
        ("\x00\ud800a", ["a"]),
    ],
)  # fmt: skip
def test_every_run_of_letters_and_digits_is_a_word(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_metadata_are_found_by_their_values() -> None:
    metadata = {"order": "o-17", "deep": [{"a": ["Blue", 3]}, None, True, 2.5], "none": None}
    assert sorted(texts_in(metadata)) == ["2.5", "3", "Blue", "o-17"]


def test_an_account_has_its_words_and_one_of_its_own() -> None:
    assert words_of_account("A-1", "Till 4") == "a 1 till 4 '=A-1'"
    assert words_of_account("it's \\", "x") == "it s x '=it''s \\\\'"


@pytest.mark.parametrize(
    "text, account, query",
    [
        ("coffee", None, "'coffee':*"), ("blue Coffee", None, "'blue' & 'coffee':*"), ("", None, ""), ("!", None, ""),
        ("", "A'1", "'=A''1'"), ("tea", "A", "'tea':* & '=A'"),
    ],
)  # fmt: skip
def test_a_query_wants_all_words_and_the_last_by_its_beginning(text: str, account: str | None, query: str) -> None:
    assert query_of(text, account) == query


def test_a_query_is_no_longer_than_people_type() -> None:
    assert query_of("a " * 1_000, None).count("&") == MOST_SEARCHED - 1


def test_long_metadata_are_cut_between_words_and_accounts_are_not() -> None:
    accounts = [words_of_account(f"{number:0100d}", "x" * 200) for number in range(1_000)]
    words = ["word"] * LONGEST_TEXT
    text = search_text(accounts, words)
    assert text.count("=") == 1_000
    assert set(text.split(" ")[-10:]) == {"word"}
    assert len(text.encode()) < 2**20
    assert search_text(["a '=A'"], ["b"]) == "a '=A' b"
