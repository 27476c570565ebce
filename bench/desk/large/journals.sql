-- One piece of the journals, from %(first)s to %(last)s, with events, keys and what the read models know of them.
CREATE TEMPORARY TABLE piece AS
SELECT e.id AS entity_id, j.*, pg_temp.journal_id(j.n) AS id, e.number + 1 + j.n - e.first_journal AS number,
       e.sequence + 1 + e.accounts + j.n - e.first_journal AS sequence,
       pg_temp.moment_of(j.n - e.first_journal, e.journals) AS recorded_at,
       'RE-2026-' || lpad(j.n::text, 9, '0') AS reference, 'bench-' || j.n AS key,
       (ARRAY['Payment', 'Invoice', 'Transfer', 'Refund', 'Fee'])[1 + j.n %% 5] || ' of ' || j.customer
           || ', order ' || (hashint8(j.n + 1) & 32767) AS description
FROM (
    SELECT p.place, p.n, max(p.day) AS day, max(abs(p.amount)) AS total, min(abs(p.amount)) AS piece,
           max(a.name) FILTER (WHERE p.line = 2) AS customer,
           string_agg(format('{"account":"%%s","amount":"%%s","currency":"EUR","side":"%%s"}', a.code, abs(p.amount),
               CASE WHEN p.amount > 0 THEN 'debit' ELSE 'credit' END), ',' ORDER BY p.line) AS lines,
           string_agg(format('{"account":"%%s","available":"%%s","balance":"%%s","credits":"%%s","currency":"EUR",'
               '"debits":"%%s","held":"0.00","version":%%s}', a.code, s.sign * p.balance, s.sign * p.balance,
               p.debits - p.balance, p.debits, p.version), ',' ORDER BY p.line) AS balances,
           string_agg(format('{"account":"%%s","name":"%%s"}', a.code, a.name), ',' ORDER BY p.line) AS accounts,
           string_agg(pg_temp.words_of(a.code || ' ' || a.name) || ' ''=' || a.code || '''', ' ') AS words
    FROM bulk_posting p JOIN bulk_account a ON a.n = p.account
    CROSS JOIN LATERAL (SELECT CASE a.normal_side WHEN 'debit' THEN 1 ELSE -1 END AS sign) s
    WHERE p.n BETWEEN %(first)s AND %(last)s GROUP BY p.place, p.n
) j JOIN bulk_entity e ON e.place = j.place;
-- next --
INSERT INTO books_event (entity_id, sequence, id, type, subject, data, actor, recorded_at, hash)
SELECT entity_id, sequence, id, 'journal.posted', id::text, data, 'key:bench', recorded_at, sha256(convert_to(data, 'UTF8'))
FROM (
    SELECT *, format('{"balances":[%%s],"description":"%%s","effective_date":"%%s","external_reference":"%%s","fingerprint":'
        '"01%%s","id":"%%s","idempotency_key":"%%s","kind":"transfer","layer":"ordinary","lines":[%%s],"number":%%s}', balances,
        description, day, reference, encode(sha256(convert_to(key, 'UTF8')), 'hex'), id, key, lines, number) AS data
    FROM piece
) made ORDER BY n;
-- next --
INSERT INTO books_idempotencykey (entity_id, issuer, key, fingerprint, event_sequence)
SELECT entity_id, 'client', key, '\x01'::bytea || sha256(convert_to(key, 'UTF8')), sequence FROM piece ORDER BY n;
-- next --
INSERT INTO journals_journal (id, entity_id, number, event_sequence, kind, layer, effective_date, recorded_at, description,
                              external_reference, metadata, actor, reverses_id)
SELECT id, entity_id, number, sequence, 'transfer', 'ordinary', day, recorded_at, description, reference, NULL, 'key:bench', NULL
FROM piece ORDER BY n;
-- next --
INSERT INTO read_models.journals (id, entity_id, number, event_sequence, kind, layer, effective_date, recorded_at, actor,
                                  description, external_reference, amounts, counterparties, lines, reference, figures, search)
SELECT id, entity_id, number, sequence, 'transfer', 'ordinary', day, recorded_at, 'key:bench', description, reference,
       jsonb_build_object('EUR', total::text), ('[' || accounts || ']')::jsonb, ('[' || lines || ']')::jsonb, lower(reference),
       CASE WHEN piece = total THEN ARRAY[total] ELSE ARRAY[piece, total] END,
       (words || ' ''@key:bench'' ''~transfer'' ' || number || ' '
        || pg_temp.words_of(description || ' ' || reference))::tsvector
FROM piece ORDER BY n;
-- next --
INSERT INTO read_models.amounts
SELECT entity_id, total, number FROM piece UNION ALL SELECT entity_id, piece, number FROM piece WHERE piece <> total;
-- next --
DROP TABLE piece;
