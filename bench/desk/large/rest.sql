-- Holds on the accounts of customers of the largest books, and lines of their bank that nothing has matched.
CREATE TEMPORARY TABLE bulk_hold AS
SELECT e.id AS entity_id, i, pg_temp.hold_id(i) AS id, a.id AS account_id, a.code, 10.00 + i %% 90 AS amount,
       e.sequence + e.accounts + e.journals + i AS sequence, b.version,
       pg_temp.moment_of(e.journals, e.journals) + i * interval '1 millisecond' AS placed_at,
       'Order ' || i AS description, b.debits, b.credits
FROM bulk_entity e CROSS JOIN generate_series(1, %(holds)s) i
JOIN bulk_account a ON a.n = e.first_account + e.hot + i - 1 JOIN accounts_balance b ON b.account_id = a.id
WHERE e.place = 0;
-- next --
INSERT INTO holds_hold (id, currency, amount, captured, remaining, status, entries, description, external_reference, actor,
                        placed_at, event_sequence, account_id, entity_id)
SELECT id, 'EUR', amount, 0, amount, 'active', 1, description, '', 'key:bench', placed_at, sequence, account_id, entity_id
FROM bulk_hold ORDER BY i;
-- next --
INSERT INTO holds_holdentry (number, entity_id, action, amount, held_after, account_version, effective_date, event_sequence,
                             recorded_at, actor, account_id, hold_id)
SELECT 1, entity_id, 'placed', amount, amount, version, placed_at::date, sequence, placed_at, 'key:bench', account_id, id
FROM bulk_hold ORDER BY i;
-- next --
INSERT INTO books_event (entity_id, sequence, id, type, subject, data, actor, recorded_at, hash)
SELECT entity_id, sequence, id, 'hold.placed', id::text, data, 'key:bench', placed_at, sha256(convert_to(data, 'UTF8'))
FROM (
    SELECT *, format('{"account":"%%s","amount":"%%s","balance":{"account":"%%s","available":"%%s","balance":"%%s","credits":"%%s",'
        '"currency":"EUR","debits":"%%s","held":"%%s","version":%%s},"captured":"0.00","currency":"EUR","description":"%%s",'
        '"effective_date":"%%s","fingerprint":"01%%s","id":"%%s","idempotency_key":"bench-hold-%%s","moved":"%%s","number":1,'
        '"released":"0.00","remaining":"%%s","status":"active"}', code, amount, code, credits - debits - amount,
        credits - debits, credits, debits, amount, version, description, placed_at::date,
        encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), id, i, amount, amount) AS data
    FROM bulk_hold
) made ORDER BY i;
-- next --
UPDATE accounts_balance b SET held = h.amount FROM bulk_hold h WHERE b.account_id = h.account_id;
-- next --
UPDATE read_models.balances b SET held = h.amount FROM bulk_hold h WHERE b.entity_id = h.entity_id AND b.account = h.code;
-- next --
INSERT INTO read_models.holds (id, entity_id, event_sequence, account, currency, amount, search)
SELECT id, entity_id, sequence, code, 'EUR', amount,
       (pg_temp.words_of(description || ' ' || code) || ' ''=' || code || ''' ''@key:bench'' ''~hold''')::tsvector
FROM bulk_hold ORDER BY i;
-- next --
INSERT INTO read_models.entity_holds AS h (entity_id, currency, open, held)
SELECT entity_id, 'EUR', count(*), sum(amount) FROM bulk_hold GROUP BY 1
ON CONFLICT (entity_id, currency) DO UPDATE SET open = h.open + excluded.open, held = h.held + excluded.held;
-- next --
INSERT INTO statements_statementline (id, number, part, is_split, is_undone, booking_date, value_date, amount, currency,
                                      bank_reference, end_to_end, customer_reference, counterparty, iban, text, raw, fingerprint,
                                      bank_account_id, entity_id, statement_id)
SELECT pg_temp.bank_line_id(i), s.line_count + i, 0, false, false, s.last_day, s.last_day, ((hashint8(i) & 65535) + 1) / 100.00,
       s.currency, '', '', 'BK-' || i, 'Customer ' || i, 'DE' || lpad(i::text, 20, '0'), 'Transfer ' || i, '',
       encode(sha256(i::text::bytea), 'hex'), s.bank_account_id, s.entity_id, s.id
FROM statements_statement s JOIN bulk_entity e ON e.id = s.entity_id CROSS JOIN generate_series(1, %(bank_lines)s) i;
-- next --
UPDATE statements_statement s SET line_count = s.line_count + %(bank_lines)s
FROM bulk_entity e WHERE e.id = s.entity_id;
-- next --
UPDATE read_models.consuming_position p
SET sequence = (SELECT max(sequence) FROM books_event v WHERE v.entity_id = p.entity_id)
FROM bulk_entity e WHERE e.id = p.entity_id AND p.consumer = 'read_models';
