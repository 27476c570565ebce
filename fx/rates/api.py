"""The endpoints of rates, of converting with them, and of the policy for both."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from fx.rates import bodies, finding
from fx.rates.errors import CurrencyParameterRefused
from fx.rates.models import Rate
from fx.rates.policies import policy_of, set_policy
from fx.rates.quotes import KINDS, SPOT
from fx.rates.recording import RateOutcome, record_rates
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.core.money import CURRENCY_CODE, normalised, parse_signed
from ledgerflow.web.endpoints import Call, Endpoints, Reply, revised
from ledgerflow.web.problems import problem
from ledgerflow.web.queries import Parameter, a_choice, a_date, a_moment, a_text

fx = Endpoints("fx")
ORDER = ("rate_date", "base", "quote", "kind", "version")
AMOUNT = {"pattern": r"^-?[0-9]{1,20}(\.[0-9]{1,18})?$"}


def a_currency(name: str, description: str = "", *, required: bool = False) -> Parameter:
    """The code of a currency."""

    def read(request: HttpRequest, name: str) -> str | None:
        value: str | None = text.read(request, name)
        if value is not None and CURRENCY_CODE.fullmatch(value) is None:
            raise CurrencyParameterRefused(pointer=f"/{name}", name=name)
        return value

    text = a_text(name, description, schema={"pattern": bodies.CURRENCY_PATTERN}, required=required)
    return text._replace(read=read)


@fx.get(
    scope=READ,
    answer=bodies.RatePage,
    query=[
        a_currency("base", "The currency of which 1 has a price."),
        a_currency("quote", "The currency the price is in."),
        a_date("on", "Rates of this very date."),
        a_choice("kind", KINDS),
        a_text("source"),
        a_choice("versions", ["newest", "all"], "All: those that were corrected too."),
    ],
    paged=True,
)
def rate_list(call: Call[None]) -> dict[str, Any]:
    """Rates by date, pair and kind: the version that counts, or all of them."""
    given = {name: value for name, value in call.query.items() if value is not None}
    if given.pop("versions", "newest") == "newest":
        rows = Rate.objects.filter(~Exists(_next_version()), entity=call.entity_id)
    else:
        rows = Rate.objects.filter(entity=call.entity_id)
    if "on" in given:
        given["rate_date"] = given.pop("on")
    return call.page(rows.filter(**given), ORDER, _rate)


@fx.post(bodies.RatesRequest, scope=MANAGE, answer=bodies.RatesResponse)
def rate_record(call: Call[bodies.RatesRequest]) -> dict[str, Any]:
    """Record rates, each for itself; the same value again changes nothing, another one is a new version."""
    wanted = call.body
    outcomes = record_rates(
        call.entity_id, wanted.quotes(), source=wanted.source, actor=call.actor, confirm_jump=wanted.confirm_jump
    )
    counts = Counter(outcome.status for outcome in outcomes)
    results = [_result(number, outcome) for number, outcome in enumerate(outcomes)]
    return {"results": results} | {name: counts[name] for name in ("recorded", "unchanged", "refused")}


@fx.get(
    scope=READ,
    answer=finding.Conversion,
    problems=(422,),
    query=[
        a_text("amount", schema=AMOUNT, required=True),
        a_currency("from", required=True),
        a_currency("to", "A currency of these books.", required=True),
        a_date("on", "The business date unless given."),
        a_choice("kind", KINDS, "spot unless given."),
        a_moment("known_at", "With the rates recorded by then."),
    ],
)
def convert(call: Call[None]) -> finding.Conversion:
    """Convert an amount at the rates of a date; the answer shows each rate used, and the rounding."""
    given = call.query
    return finding.convert(
        call.entity_id,
        parse_signed(given["amount"], "/amount"),
        given["from"],
        given["to"],
        given["on"] or call.entity.business_date,
        kind=given["kind"] or SPOT,
        known_at=given["known_at"],
    )


@fx.get(scope=READ, answer=bodies.FxPolicyResponse)
def fx_policy_show(call: Call[None]) -> Reply:
    """The policy in force: the defaults, until somebody has set it."""
    return revised(bodies.policy_response(*policy_of(call.entity_id)))


@fx.patch(bodies.FxPolicyChangeRequest, scope=MANAGE, answer=bodies.FxPolicyResponse, if_match=True)
def fx_policy_change(call: Call[bodies.FxPolicyChangeRequest]) -> Reply:
    """Set fields of the policy; what is left out stays."""
    expected = call.expected_revision
    changed = set_policy(call.entity_id, call.body.changes(), actor=call.actor, expected_revision=expected)
    return revised(bodies.policy_response(*changed))


def _next_version() -> QuerySet[Rate]:
    """The version after a rate's: one probe of the unique index."""
    same = {name: OuterRef(name) for name in ("entity", "base", "quote", "rate_date", "kind")}
    return Rate.objects.filter(**same, version=OuterRef("version") + 1)


def _result(number: int, outcome: RateOutcome) -> dict[str, Any]:
    if outcome.refusal is None:
        return {"status": outcome.status, "version": outcome.version}
    return {"status": outcome.status, "error": problem(outcome.refusal, pointer_prefix=f"/rates/{number}")}


def _rate(row: Rate) -> bodies.RateResponse:
    return bodies.RateResponse(
        id=row.id, base=row.base, quote=row.quote, date=row.rate_date, kind=row.kind, value=normalised(row.value),
        version=row.version, source=row.source, event_sequence=row.event_sequence, recorded_at=row.recorded_at,
        actor=row.actor,
    )  # fmt: skip
