"""The words that a journal is found by. Pure.

Not PostgreSQL's parser: it takes "INV-2026-001" for a word and two negative numbers, and "shop.example" for a host, so
that neither 2026 nor "shop" would find it. Here every run of letters and digits is a word, in what is stored and in
what is looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

LONGEST_WORD = 64  # PostgreSQL takes 2,046 bytes; nobody types so many
LONGEST_TEXT = 100_000  # a tsvector takes 1 MiB, and metadata can be longer
MOST_SEARCHED = 20
_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile("[\u0300-\u036f]")
# Letters of Europe that no accent can be taken from.
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "\u0131": "i"}
)


def folded(text: str) -> str:
    """A text as it is compared: without case, without accents, and without what only looks different."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFKC", _ACCENT.sub("", apart)).translate(_LETTERS)


def words_of(text: str) -> list[str]:
    """The words of a text in their order, as they are compared."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(folded(text))]


@lru_cache(maxsize=50_000)
def words_of_account(code: str, name: str) -> str:
    """The lexemes of an account: its words, and the code as a whole, by which its journals are listed."""
    return " ".join([*words_of(code), *words_of(name), quoted(account_lexeme(code))])


def account_lexeme(code: str) -> str:
    """What stands for an account in the search column. No word has its first character."""
    return f"={code}"


def actor_lexeme(actor: str) -> str:
    """What stands for who posted, in the same way."""
    return f"@{actor}"


def kind_lexeme(kind: str) -> str:
    """What stands for a kind of journals, in the same way."""
    return f"~{kind}"


def search_of_account(code: str, name: str, owner_id: str) -> str:
    """The text form of the tsvector that an account itself is found by."""
    return " ".join([*words_of(f"{code} {name} {owner_id}"), quoted(account_lexeme(code))])


def texts_in(value: Any) -> Iterator[str]:
    """All texts and numbers in metadata, whatever their depth; names of members are none of them."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        elif one is not None and not isinstance(one, bool):
            yield str(one)


def search_text(accounts: list[str], words: list[str]) -> str:
    """The text form of the tsvector: what `words_of_account` gave for each account, and other words as far as they go.

    Words need no quotes, because they have letters and digits only.
    """
    text = " ".join(words)
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT].rpartition(" ")[0]
    return " ".join([*accounts, text])


def query_of(text: str, account: str | None) -> str:
    """The tsquery that finds journals with all words of `text`, the last one by its beginning, and with that account.

    "" where neither is given; a text without any word finds nothing.
    """
    words = words_of(text)[:MOST_SEARCHED]
    terms = [quoted(word) for word in words]
    if terms:
        terms[-1] += ":*"
    if account is not None:
        terms.append(quoted(account_lexeme(account)))
    return " & ".join(terms)


def quoted(lexeme: str) -> str:
    """A lexeme as it stands in the text of a tsvector or a tsquery."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
