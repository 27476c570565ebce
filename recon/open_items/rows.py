"""SQL of open items: what use cases read under the lock, and the rows that they write."""

from __future__ import annotations

ACCOUNT = """
    SELECT a.id, a.code, a.type, a.currency, a.is_header, b.version, k.minor_units::int
    FROM accounts_account a JOIN accounts_balance b ON b.account_id = a.id
    JOIN accounts_currency k ON k.entity_id = a.entity_id AND k.code = a.currency
    WHERE a.entity_id = %s AND a.code = %s
"""
SETTINGS = """
    SELECT number, first_version, terms_days FROM open_items_itemaccount
    WHERE account_id = %s ORDER BY number
"""
INSERT_ACCOUNT = """
    INSERT INTO open_items_itemaccount (account_id, number, entity_id, first_version, terms_days, event_sequence,
        recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
HAS_ITEM = """
    SELECT FROM journals_posting p
    JOIN open_items_itemaccount i ON i.account_id = p.account_id AND i.first_version <= p.account_version
    WHERE p.journal_id = %s AND p.entity_id = %s LIMIT 1
"""
LAST_DUE = "SELECT number, due_on FROM open_items_duedate WHERE journal_id = %s ORDER BY number DESC LIMIT 1"
INSERT_DUE = """
    INSERT INTO open_items_duedate (journal_id, number, entity_id, due_on, event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
# The items of some journals on an account, whether each settles itself with a reversal, and when it was reversed.
POSTINGS = """
    SELECT p.journal_id, p.line, p.account_version, p.amount, p.effective_date,
           j.reverses_id IS NOT NULL OR r.id IS NOT NULL, r.effective_date
    FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
    LEFT JOIN journals_journal r ON r.reverses_id = j.id
    WHERE p.journal_id = ANY (%s::uuid[]) AND p.account_id = %s AND p.account_version >= %s
    ORDER BY p.account_version
"""
# What was allocated of items by date, less what was undone.
MOVES = """
    WITH allocated AS (
        SELECT id, debit_version AS version, amount, allocated_on FROM open_items_allocation
        WHERE account_id = %(account)s AND debit_version = ANY (%(versions)s::bigint[])
        UNION ALL
        SELECT id, credit_version, amount, allocated_on FROM open_items_allocation
        WHERE account_id = %(account)s AND credit_version = ANY (%(versions)s::bigint[])
    )
    SELECT version, day, sum(amount) FROM (
        SELECT version, allocated_on AS day, amount FROM allocated
        UNION ALL
        SELECT a.version, u.undone_on, -a.amount
        FROM allocated a JOIN open_items_allocationundo u ON u.allocation_id = a.id
    ) moves GROUP BY version, day
"""
INSERT_ALLOCATIONS = """
    INSERT INTO open_items_allocation (id, entity_id, account_id, debit_version, credit_version, amount, allocated_on,
        source, place, event_sequence, recorded_at, actor)
    SELECT l.id, %s, %s, l.debit, l.credit, l.amount, l.day, %s, l.place, %s, %s, %s
    FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::numeric[], %s::date[])
        WITH ORDINALITY AS l (id, debit, credit, amount, day, place)
"""
ALLOCATED_ON = """
    SELECT a.allocated_on, EXISTS (SELECT FROM open_items_allocationundo u WHERE u.allocation_id = a.id)
    FROM open_items_allocation a WHERE a.id = %s AND a.entity_id = %s
"""
INSERT_UNDO = """
    INSERT INTO open_items_allocationundo (allocation_id, entity_id, undone_on, event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
