"""SQL of reconciliation statements. All of it is read in one snapshot."""

HEAD = "SELECT code, name, business_date FROM books_entity WHERE id = %s"
LAST_EVENT = """
    SELECT sequence, recorded_at FROM books_event WHERE entity_id = %s ORDER BY sequence DESC LIMIT 1
"""
BANK_ACCOUNTS = """
    SELECT b.id, b.account_id, a.code, b.name, a.currency, c.minor_units::int, m.code
    FROM statements_bankaccount b JOIN accounts_account a ON a.id = b.account_id
    LEFT JOIN accounts_account m ON m.id = b.mirror_id
    JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
    WHERE b.entity_id = %(entity)s AND (%(account)s::text IS NULL OR a.code = %(account)s) ORDER BY a.code
"""
# The last statement that has ended by the day.
ANCHOR = """
    SELECT number, closing_day, closing_balance FROM statements_statement
    WHERE bank_account_id = %(bank)s AND status = 'imported' AND closing_balance IS NOT NULL AND closing_day <= %(day)s
    ORDER BY closing_day DESC, number DESC LIMIT 1
"""
# What the bank has booked by the day after that statement, less what the statement has of later days. A line that both
# it and a later one have is stored with whichever came in first. Lines of earlier days come after it where their own
# statement begins after it; one that begins before it fills a gap with them.
SINCE_ANCHOR = """
    SELECT coalesce(sum(CASE WHEN l.booking_date <= %(day)s THEN l.amount END) FILTER (
               WHERE s.is_after
                 AND (l.booking_date > %(closing_day)s
                      OR (s.number > %(number)s AND (l.booking_date = %(closing_day)s OR s.begins_after)))
           ), 0)
           - coalesce(sum(CASE WHEN l.booking_date > %(day)s THEN l.amount END) FILTER (WHERE NOT s.is_after), 0)
    FROM (
        SELECT id, number, coalesce(opening_day, first_day) >= %(closing_day)s AS begins_after,
               (coalesce(closing_day, last_day, first_day), number) > (%(closing_day)s, %(number)s) AS is_after
        FROM statements_statement WHERE bank_account_id = %(bank)s AND status = 'imported'
    ) s
    JOIN statements_statementline l ON l.statement_id = s.id
    WHERE l.bank_account_id = %(bank)s AND NOT l.is_split AND NOT l.is_undone
"""
LINES_THROUGH = """
    SELECT coalesce(sum(l.amount), 0) FROM statements_statementline l
    WHERE l.bank_account_id = %(bank)s AND NOT l.is_split AND NOT l.is_undone AND l.booking_date <= %(day)s
"""
# Through which day statements say everything: the last one that has ended, whether it is proven or not.
COVERED = """
    SELECT max(coalesce(closing_day, last_day)) FROM statements_statement
    WHERE bank_account_id = %(bank)s AND status = 'imported'
"""
# Of a mirror: its last statement, and how many postings of the other account by the day are in none.
MIRRORED = """
    SELECT made.last, (SELECT count(*)::int FROM journals_posting p
                       WHERE p.account_id = b.mirror_id AND p.account_version > made.lines
                         AND p.effective_date <= %(day)s)
    FROM statements_bankaccount b
    CROSS JOIN LATERAL (SELECT max(s.number) AS last, coalesce(sum(s.line_count), 0) AS lines
                        FROM statements_statement s WHERE s.bank_account_id = b.id AND s.status = 'imported') made
    WHERE b.id = %(bank)s
"""
UNPROVEN = """
    SELECT number FROM statements_statement
    WHERE bank_account_id = %(bank)s AND status = 'imported' AND NOT is_proven
      AND coalesce(first_day, opening_day, closing_day) <= %(day)s
    ORDER BY number LIMIT 10
"""
FREE_LINES = """
    SELECT l.id, l.booking_date, l.amount, concat_ws(' ', nullif(l.customer_reference, ''), nullif(l.end_to_end, ''),
           nullif(l.counterparty, ''), nullif(l.text, ''))
    FROM statements_statementline l
    WHERE l.bank_account_id = %(bank)s AND NOT l.is_split AND NOT l.is_undone AND l.booking_date <= %(day)s
      AND NOT EXISTS (SELECT FROM matching_matchitem i WHERE i.line_id = l.id AND i.is_active)
"""
FREE_POSTINGS = """
    SELECT p.account_version, p.effective_date, p.amount
    FROM journals_posting p
    WHERE p.account_id = %(account)s AND p.effective_date <= %(day)s
      AND NOT EXISTS (
          SELECT FROM matching_matchitem i
          WHERE i.account_id = p.account_id AND i.account_version = p.account_version AND i.is_active
      )
"""
# Items of the matches that were not complete by the day, that leave a residual, or that have one side alone. Days are
# those of the lines and postings themselves.
TIED = """
    WITH item AS (
        SELECT i.match_id, i.side, i.line_id, i.account_version,
               coalesce(l.booking_date, p.effective_date) AS day, coalesce(l.amount, p.amount) AS amount
        FROM matching_matchitem i
        LEFT JOIN statements_statementline l ON l.id = i.line_id
        LEFT JOIN journals_posting p ON p.account_id = i.account_id AND p.account_version = i.account_version
        WHERE i.bank_account_id = %(bank)s AND i.is_active
    ), incomplete AS (
        SELECT match_id FROM item GROUP BY match_id
        HAVING min(day) <= %(day)s
           AND (max(day) > %(day)s OR min(side) = max(side)
                OR sum(CASE side WHEN 'bank' THEN amount ELSE -amount END) <> 0)
    )
    SELECT item.side, item.line_id, item.account_version, item.day, item.amount, m.id, m.number, m.explanation
    FROM item JOIN incomplete USING (match_id) JOIN matching_match m ON m.id = item.match_id
"""
JOURNALS = """
    SELECT p.account_version, j.id, concat_ws(' ', 'journal ' || j.number, nullif(j.external_reference, ''),
           nullif(p.description, ''), nullif(j.description, ''))
    FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
    WHERE p.account_id = %(account)s AND p.account_version = ANY (%(versions)s)
"""
LINES = """
    SELECT l.id, concat_ws(' ', nullif(l.customer_reference, ''), nullif(l.end_to_end, ''),
           nullif(l.counterparty, ''), nullif(l.text, ''))
    FROM statements_statementline l WHERE l.id = ANY (%(lines)s)
"""
OPEN_CASES = """
    SELECT day, kind, count(*)::int FROM cases_reconexception
    WHERE bank_account_id = %(bank)s AND status <> 'resolved' AND day <= %(day)s GROUP BY day, kind
"""
RATES = """
    SELECT coalesce(m.rule, ''), count(DISTINCT m.id)::int, count(*)::int, sum(abs(l.amount))
    FROM statements_statementline l
    LEFT JOIN matching_matchitem i ON i.line_id = l.id AND i.is_active
    LEFT JOIN matching_match m ON m.id = i.match_id
    WHERE l.bank_account_id = %(bank)s AND NOT l.is_split AND NOT l.is_undone AND l.booking_date <= %(day)s
    GROUP BY 1 ORDER BY 1
"""
CONTINUITY = """
    SELECT count(*)::int FROM cases_reconexception
    WHERE bank_account_id = %(bank)s AND status <> 'resolved' AND kind = 'continuity' AND day <= %(day)s
"""
NEXT_NUMBER = "SELECT coalesce(max(number), 0) + 1 FROM recon_reports_reconrun WHERE bank_account_id = %s"
INSERT_RUN = """
    INSERT INTO recon_reports_reconrun (id, entity_id, bank_account_id, number, day, book_balance, bank_balance, known,
                                        content, sha256, event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
