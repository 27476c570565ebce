"""SQL of the views: how what a run of events makes of them is written, one statement a table."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

LOAD_NAMES = "SELECT code, name FROM accounts WHERE entity_id = %s AND code = ANY (%s::text[])"
COPY_JOURNALS = """
    COPY journals (id, entity_id, number, event_sequence, kind, layer, effective_date, original_date, recorded_at,
                   actor, description, external_reference, reverses, amounts, counterparties, metadata, lines,
                   reference, figures, search)
    FROM STDIN
"""
COPY_AMOUNTS = "COPY amounts (entity_id, amount, number) FROM STDIN"
COPY_HOLDS = "COPY holds (id, entity_id, event_sequence, account, currency, amount, search) FROM STDIN"
MARK_REVERSED = """
    UPDATE journals j SET reversed_by = n.id
    FROM unnest(%s::uuid[], %s::uuid[]) AS n (reverses, id)
    WHERE j.id = n.reverses AND j.entity_id = %s
"""
# The facts of the accounts as they are in their events, with the moment and the sequence of the event beside.
SAVE_ACCOUNTS = """
    INSERT INTO accounts AS a (
        entity_id, code, id, name, type, currency, normal_side, parent, is_header, monetary, owner_id, role, cash_flow,
        term, metadata, min_balance, max_balance, outflow_frozen, inflow_frozen, opened_at, closed_at, revision, search
    )
    SELECT %s, n.code, n.id, n.name, n.type, n.currency, n.normal_side, n.parent, n.is_header, n.monetary, n.owner_id,
           n.role, coalesce(n.cash_flow, ''), coalesce(n.term, ''), n.metadata, n.min_balance, n.max_balance,
           coalesce(n.outflow_frozen, false), coalesce(n.inflow_frozen, false), m.opened_at::timestamptz,
           m.closed_at::timestamptz, m.revision, m.search::tsvector
    FROM unnest(%s::json[], %s::text[], %s::text[], %s::bigint[], %s::text[])
         AS m (fact, opened_at, closed_at, revision, search)
    CROSS JOIN LATERAL json_to_record(m.fact) AS n (
        code text, id uuid, name text, type text, currency text, normal_side text, parent text, is_header boolean,
        monetary boolean, owner_id text, role text, cash_flow text, term text, metadata jsonb, min_balance numeric,
        max_balance numeric, outflow_frozen boolean, inflow_frozen boolean
    )
    ON CONFLICT (entity_id, code) DO UPDATE
    SET name = excluded.name, parent = excluded.parent, is_header = excluded.is_header, monetary = excluded.monetary,
        owner_id = excluded.owner_id, role = excluded.role, cash_flow = excluded.cash_flow, term = excluded.term,
        metadata = excluded.metadata,
        min_balance = excluded.min_balance, max_balance = excluded.max_balance,
        outflow_frozen = excluded.outflow_frozen, inflow_frozen = excluded.inflow_frozen,
        closed_at = coalesce(excluded.closed_at, a.closed_at), revision = excluded.revision, search = excluded.search
"""
OPEN_BALANCES = """
    INSERT INTO balances (entity_id, account, debits, credits, held, version)
    SELECT %s, unnest(%s::text[]), 0, 0, 0, 0 ON CONFLICT DO NOTHING
"""
# Look-ups by the key, whatever the planner thinks of young tables: it makes no joins of these.
SAVE_BALANCES = """
    INSERT INTO balances (entity_id, account, debits, credits, held, version)
    SELECT %s, * FROM unnest(%s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::bigint[])
    ON CONFLICT (entity_id, account) DO UPDATE
    SET debits = excluded.debits, credits = excluded.credits, held = excluded.held, version = excluded.version
"""
ADD_ACCOUNT_DAYS = """
    INSERT INTO account_days AS d (entity_id, account, effective_date, count, debits, credits)
    SELECT %s, * FROM unnest(%s::text[], %s::date[], %s::bigint[], %s::numeric[], %s::numeric[])
    ON CONFLICT (entity_id, account, effective_date) DO UPDATE
    SET count = d.count + excluded.count, debits = d.debits + excluded.debits, credits = d.credits + excluded.credits
"""
ADD_KINDS = """
    INSERT INTO entity_kinds AS k (entity_id, kind, journals)
    SELECT %s, * FROM unnest(%s::text[], %s::bigint[])
    ON CONFLICT (entity_id, kind) DO UPDATE SET journals = k.journals + excluded.journals
"""
ADD_DAYS = """
    INSERT INTO entity_days AS d (entity_id, effective_date, currency, journals, volume)
    SELECT %s, * FROM unnest(%s::date[], %s::text[], %s::bigint[], %s::numeric[])
    ON CONFLICT (entity_id, effective_date, currency) DO UPDATE
    SET journals = d.journals + excluded.journals, volume = d.volume + excluded.volume
"""
ADD_HOLDS = """
    INSERT INTO entity_holds AS h (entity_id, currency, open, held)
    SELECT %s, * FROM unnest(%s::text[], %s::bigint[], %s::numeric[])
    ON CONFLICT (entity_id, currency) DO UPDATE SET open = h.open + excluded.open, held = h.held + excluded.held
"""
ADD_ENTITY = """
    INSERT INTO entities (id, code, name, base_currency, time_zone, first_business_date, business_date, currencies,
                          created_at)
    SELECT %s, n.code, n.name, n.base_currency, n.time_zone, n.business_date, n.business_date,
           coalesce(n.currencies, '{}'), %s::timestamptz
    FROM json_to_record(%s::json) AS n (
        code text, name text, base_currency text, time_zone text, business_date date, currencies jsonb
    )
"""
MOVE_BUSINESS_DATE = "UPDATE entities SET business_date = %s WHERE id = %s"
ADD_ACCOUNTS = "UPDATE entities SET open_accounts = open_accounts + %s WHERE id = %s"
ADD_BASE = "UPDATE entities SET base_changes = base_changes || jsonb_build_object(%s::text, %s::text) WHERE id = %s"
ADD_CURRENCY = "UPDATE entities SET currencies = currencies || jsonb_build_object(%s::text, %s::integer) WHERE id = %s"


def text_array_of(values: Iterable[str]) -> str:
    """An array literal of texts."""
    return "{" + ",".join(map(_item, values)) + "}"


@lru_cache(maxsize=50_000)
def _item(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
