"""SQL of exceptions: what a run and a person's change read, and how rows are written."""

# Of a bank account `b`: its lines in no match, and postings of the account that it mirrors which are in no statement.
FREE_LINES_OF_B = """
    FROM statements_statementline l
    WHERE l.bank_account_id = b.id AND NOT l.is_split AND NOT l.is_undone
      AND NOT EXISTS (SELECT FROM matching_matchitem i WHERE i.line_id = l.id AND i.is_active)
"""
WAITING_OF_B = """
    FROM journals_posting p
    WHERE p.account_id = b.mirror_id
      AND p.account_version > (SELECT coalesce(sum(s.line_count), 0) FROM statements_statement s
                               WHERE s.bank_account_id = b.id AND s.status = 'imported')
"""
# By name: `planning.CaseState`.
COLUMNS = """
    SELECT c.id, c.bank_account_id AS bank_account, c.number, c.entries, c.kind, c.status, c.line_id AS line,
           c.account_id, a.code AS account, c.account_version, c.statement_id AS statement, c.day, c.amount, c.related,
           c.explanation, c.owner, c.reason, c.resolution, c.note, c.event_sequence, c.changed_sequence, c.opened_at
    FROM cases_reconexception c LEFT JOIN accounts_account a ON a.id = c.account_id
"""
OPEN = f"{COLUMNS} WHERE c.bank_account_id = %s AND c.status <> 'resolved' ORDER BY c.day, c.number"
# Of these lines and postings of one account, each exception once.
OPEN_IDS = """
    SELECT id FROM cases_reconexception WHERE line_id = ANY (%(lines)s) AND status <> 'resolved'
    UNION
    SELECT id FROM cases_reconexception
    WHERE account_id = %(account)s AND account_version = ANY (%(versions)s) AND status <> 'resolved'
"""
OPEN_OF = f"{COLUMNS} WHERE c.id IN ({OPEN_IDS}) ORDER BY c.day, c.number"
BY_IDS = f"{COLUMNS} WHERE c.entity_id = %s AND c.id = ANY (%s) ORDER BY c.id"
NEXT_NUMBER = "SELECT coalesce(max(number), 0) + 1 FROM cases_reconexception WHERE bank_account_id = %s"
INSERT = """
    INSERT INTO cases_reconexception
        (id, entity_id, bank_account_id, number, kind, status, line_id, account_id, account_version, statement_id, day,
         amount, related, explanation, owner, reason, resolution, note, entries, event_sequence, changed_sequence,
         opened_at)
    SELECT n.id, n.entity_id, n.bank_account_id, n.number, n.kind, n.status, n.line_id, n.account_id,
           n.account_version, n.statement_id, n.day, n.amount, n.related, n.explanation, n.owner, n.reason,
           n.resolution, n.note, n.entries, n.event_sequence, n.changed_sequence, n.opened_at
    FROM jsonb_populate_recordset(NULL::cases_reconexception, %s::text::jsonb) n
"""
UPDATE = """
    UPDATE cases_reconexception c
    SET kind = n.kind, status = n.status, line_id = n.line_id, account_id = n.account_id,
        account_version = n.account_version, statement_id = n.statement_id, day = n.day, amount = n.amount,
        related = n.related, explanation = n.explanation, owner = n.owner, reason = n.reason,
        resolution = n.resolution, note = n.note, entries = n.entries, changed_sequence = n.changed_sequence
    FROM jsonb_populate_recordset(NULL::cases_reconexception, %s::text::jsonb) n
    WHERE c.id = n.id
"""
# What of these lines and postings has a match that stands, and which of the lines count no more.
TAKEN = """
    SELECT i.line_id, i.account_version, true FROM matching_matchitem i
    WHERE i.is_active AND (i.line_id = ANY (%(lines)s)
                           OR (i.account_id = %(account)s AND i.account_version = ANY (%(versions)s)))
    UNION ALL
    SELECT l.id, NULL, false FROM statements_statementline l
    WHERE l.id = ANY (%(lines)s) AND (l.is_split OR l.is_undone)
"""
# Which of these lines, postings and statements have an exception that is not resolved.
HELD = """
    SELECT 'line', c.line_id::text FROM cases_reconexception c
    WHERE c.line_id = ANY (%(lines)s) AND c.status <> 'resolved'
    UNION ALL
    SELECT 'posting', c.account_version::text FROM cases_reconexception c
    WHERE c.account_id = %(account)s AND c.account_version = ANY (%(versions)s) AND c.status <> 'resolved'
    UNION ALL
    SELECT 'statement', c.statement_id::text FROM cases_reconexception c
    WHERE c.statement_id = ANY (%(statements)s) AND c.status <> 'resolved'
"""
# The last word on each line or posting of which no exception is open.
SETTLED_LINES = """
    SELECT DISTINCT ON (c.line_id) c.line_id, c.kind, c.resolution FROM cases_reconexception c
    WHERE c.line_id = ANY (%s) ORDER BY c.line_id, c.number DESC
"""
SETTLED_POSTINGS = """
    SELECT DISTINCT ON (c.account_version) c.account_version, c.kind, c.resolution FROM cases_reconexception c
    WHERE c.account_id = %s AND c.account_version = ANY (%s) ORDER BY c.account_version, c.number DESC
"""
SETTLED_STATEMENTS = """
    SELECT DISTINCT ON (c.statement_id) c.statement_id, c.kind, c.resolution FROM cases_reconexception c
    WHERE c.bank_account_id = %s AND c.statement_id IS NOT NULL ORDER BY c.statement_id, c.number DESC
"""
LINES = "SELECT id, booking_date, amount FROM statements_statementline WHERE id = ANY (%s)"
POSTINGS = """
    SELECT account_version, effective_date, amount FROM journals_posting
    WHERE account_id = %s AND account_version = ANY (%s)
"""
# Matched postings whose journal was reversed, unless the reversal is matched too (the bank has paid it back).
REVERSED = """
    SELECT i.bank_account_id, p.account_version, p.effective_date, p.amount, m.number, r.number, r.id
    FROM journals_journal r
    JOIN journals_posting p ON p.journal_id = r.reverses_id
    JOIN matching_matchitem i ON i.account_id = p.account_id AND i.account_version = p.account_version AND i.is_active
    JOIN matching_match m ON m.id = i.match_id
    WHERE r.entity_id = %(entity)s AND r.reverses_id IS NOT NULL AND r.kind NOT IN ('transfer', 'manual')
      AND (%(bank_account)s::uuid IS NULL OR i.bank_account_id = %(bank_account)s)
      AND NOT EXISTS (
          SELECT FROM journals_posting back
          JOIN matching_matchitem other ON other.account_id = back.account_id
           AND other.account_version = back.account_version AND other.is_active
          WHERE back.journal_id = r.id AND back.account_id = p.account_id AND back.amount = -p.amount
      )
    ORDER BY i.bank_account_id, p.account_version
"""
# The same, but only what no exception has told of since it was matched.
REVERSED_SINCE = REVERSED.replace(
    "    ORDER BY",
    """      AND NOT EXISTS (
          SELECT FROM cases_reconexception c
          WHERE c.account_id = p.account_id AND c.account_version = p.account_version AND c.kind = 'reversed'
            AND c.event_sequence > m.event_sequence
      )
    ORDER BY""",
)
BANK_ACCOUNT = """
    SELECT b.id, b.account_id, a.code FROM statements_bankaccount b JOIN accounts_account a ON a.id = b.account_id
    WHERE b.entity_id = %s AND b.id = %s
"""
# One exception's events, the newest first: each names the one before.
HISTORY = """
    WITH RECURSIVE told AS (
        SELECT sequence, type, data, actor, recorded_at FROM books_event WHERE entity_id = %(entity)s
           AND sequence = %(last)s
        UNION ALL
        SELECT e.sequence, e.type, e.data, e.actor, e.recorded_at
        FROM told t JOIN books_event e
          ON e.entity_id = %(entity)s AND e.sequence = (t.data::jsonb ->> 'previous')::bigint
        WHERE t.type ~ '^exception[.]' AND e.sequence < t.sequence
    )
    SELECT sequence, data, actor, recorded_at FROM told WHERE type ~ '^exception[.]'
    ORDER BY sequence DESC LIMIT %(most)s
"""
# How many exceptions one request has changed: events of one transaction have one moment, and no other has the same.
CHANGED_WITH = """
    SELECT count(*)::int FROM books_event own JOIN books_event e
      ON e.entity_id = own.entity_id AND e.recorded_at = own.recorded_at
    WHERE own.entity_id = %s AND own.sequence = %s AND e.type ~ '^exception[.]'
"""
# The business date when an event was recorded.
BUSINESS_DATE_AT = """
    SELECT coalesce(
        (SELECT (e.data::jsonb ->> 'to')::date FROM books_event e
         WHERE e.entity_id = b.id AND e.sequence < %(sequence)s AND e.type = 'business_date.advanced'
         ORDER BY e.sequence DESC LIMIT 1),
        b.first_business_date)
    FROM books_entity b WHERE b.id = %(entity)s
"""
