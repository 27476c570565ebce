"""Books with the roles that the textbook's templates need, and templates made active by two people."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from apps.operations.definitions import Definition, convert
from apps.operations.files import read_templates
from apps.operations.models import TemplateVersion
from apps.operations.versions import PERMISSION, draft_version, propose_activation, version_in
from ledgerflow.approvals.use_cases import decide
from ledgerflow.books.models import Entity
from tests.approving import a_person
from tests.builders import an_account, an_entity

TEXTBOOK = Path(__file__).parents[2] / "apps/operations/textbook.toml"
ROLES = {
    "bank": "asset", "processor": "asset", "receivables": "asset", "sales": "income", "commissions": "income",
    "refunds": "expense", "processing_fees": "expense", "bank_fees": "expense", "wages": "expense",
    "social_security": "expense", "interest_expense": "expense", "vat_payable": "liability", "loans": "liability",
    "tax_withheld": "liability", "social_security_payable": "liability", "wages_payable": "liability",
}  # fmt: skip


def books_with_roles(roles: Iterable[str] = ROLES, **given: Any) -> Entity:
    """Books that have an account for each role, called like it."""
    entity = an_entity(**given)
    for role in roles:
        an_account(entity, role, ROLES[role], role=role)
    return entity


def textbook(code: str) -> Definition:
    return read_templates(TEXTBOOK.read_text())[code]


def activated(entity: Entity, code: str, definition: Definition | dict[str, Any] | None = None) -> TemplateVersion:
    """A version of a template, drafted and made active; the textbook's unless a definition is given."""
    if not isinstance(definition, Definition):
        definition = textbook(code) if definition is None else convert(definition)
    version = draft_version(entity.id, code, definition, actor="test").version
    activate(version)
    return version_in(entity.id, code, version.number)


def activate(version: TemplateVersion) -> None:
    """Two people, one after the other."""
    one, other = a_person(PERMISSION), a_person(PERMISSION)
    proposal = propose_activation(
        version.entity_id, version.code, version.number, reason="New prices", person=one, via=one
    )
    outcome = decide(version.entity_id, proposal.id, "approved", person=other, via=other)
    assert outcome.failure is None, outcome.failure


def moving(debit: str, credit: str, **given: Any) -> dict[str, Any]:
    """The smallest template: an amount from one account to another, by their codes."""
    sides = (("debit", debit), ("credit", credit))
    return {
        "name": "Move",
        "parameters": [{"name": "amount", "kind": "amount"}],
        "lines": [{"account": code, "side": side, "amount": "amount"} for side, code in sides],
        "examples": [{"parameters": {"amount": "5"}, "lines": [{"side": side, "amount": "5"} for side, _ in sides]}],
    } | given


def top_up(**given: Any) -> dict[str, Any]:
    """A small template: money from the bank to an owner's wallet, which it opens."""
    wallet = {
        "owner": "customer", "role": "wallet", "currency": "EUR", "side": "credit", "amount": "amount",
        "opens": {"code": "wallet:{customer}", "name": "Wallet of {customer}", "type": "liability", "min_balance": "0"},
    }  # fmt: skip
    return {
        "name": "Top-up",
        "description": "Top-up of {customer}",
        "parameters": [{"name": "amount", "kind": "amount", "most": "1000"}, {"name": "customer", "kind": "owner"}],
        "lines": [{"role": "bank", "currency": "EUR", "side": "debit", "amount": "amount"}, wallet],
        "examples": [
            {
                "parameters": {"amount": "5", "customer": "example"},
                "lines": [{"side": "debit", "amount": "5"}, {"side": "credit", "amount": "5"}],
            }
        ],
    } | given
