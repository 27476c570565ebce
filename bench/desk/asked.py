"""Pages as people ask for them: with words, dates and filters, and those of the busiest account."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from accounts.models import Balance
from journals.models import Journal
from ledgerflow.books.models import Entity
from tests.browser.pages import Page

TURNED = 500  # journals before the newest: a page that is turned to


def asked_pages(books: Entity) -> list[Page]:
    """Each by a name that says what is asked; the account is the one with most postings."""
    busiest = Balance.objects.filter(account__entity=books).select_related("account").order_by("-version")[0].account
    newest = Journal.objects.filter(entity=books).order_by("-number")[0]
    past, month = books.business_date - timedelta(days=30), f"{books.business_date - timedelta(days=31):%Y-%m}"
    account = f"accounts/account/{busiest.pk}"
    words = newest.description.split()
    asked = {
        "register, busiest account": (f"{account}/register/", {}),
        "register, busiest account, as of a month ago": (f"{account}/register/", {"as_of": past.isoformat()}),
        "account, busiest": (f"{account}/change/", {}),
        "journals, by date": ("journals/journal/", {"order": "date"}),
        "journals, older": ("journals/journal/", {"older": str(max(newest.number - TURNED, 2))}),
        "journals, from a date": ("journals/journal/", {"from": past.isoformat()}),
        "journals, by word": ("journals/journal/", {"q": words[-1]}),
        "accounts, by code": ("accounts/account/", {"q": busiest.code}),
        "accounts, by name": ("accounts/account/", {"q": busiest.name}),
        "accounts, by a name that is none": ("accounts/account/", {"q": "zzqx"}),
        "accounts, assets": ("accounts/account/", {"type": "asset"}),
        "find, a word": ("find/", {"q": words[0]}),
        "find, words": ("find/", {"q": newest.description}),
        "find, an amount": ("find/", {"q": "1,234.56"}),
        "find, a frequent amount": ("find/", {"q": "100.00"}),
        "find, a reference": ("find/", {"q": newest.external_reference}),
        "find, an account and a month": ("find/", {"q": f"acc:{busiest.code} {month}"}),
        "statement, busiest account": ("reports/statement/", {"account": busiest.code}),
        "trial balance, a month ago": ("reports/trial-balance/", {"as_of": past.isoformat()}),
        "general ledger, busiest account": ("reports/general-ledger/", {"accounts": busiest.code}),
    }
    return [
        Page(name, f"/admin/e/{books.code}/{path}" + (f"?{urlencode(query)}" if query else ""))
        for name, (path, query) in asked.items()
    ]
