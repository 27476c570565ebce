-- The floor: what the project's own tables, guards and triggers cost when SQL alone fills them, in one transaction.
-- The same rows as the posting use case writes; only the text of the events is filler of the same length, and their
-- hashes are no chain, so these books cannot be verified by replaying them.
BEGIN;
SET LOCAL work_mem = '512MB';
SELECT FROM books_entity WHERE id = %(entity)s FOR NO KEY UPDATE;

CREATE TEMPORARY TABLE transfer ON COMMIT DROP AS
WITH account AS MATERIALIZED (
    SELECT (row_number() OVER (ORDER BY code) - 1)::int AS place, id
    FROM accounts_account WHERE entity_id = %(entity)s
), drawn AS MATERIALIZED (
    SELECT n, (random() * (%(accounts)s - 1))::int AS debit, 1 + (random() * (%(accounts)s - 2))::int AS distance,
           (1 + random() * 99998)::int AS cents
    FROM generate_series(1, %(count)s) AS n
)
SELECT drawn.n, uuidv7() AS journal_id, replace(gen_random_uuid()::text, '-', '') AS key,
       debit.id AS debit_id, credit.id AS credit_id, (cents * 0.01)::numeric AS amount,
       n + coalesce((SELECT max(number) FROM journals_journal WHERE entity_id = %(entity)s), 0) AS number,
       n + (SELECT max(sequence) FROM books_event WHERE entity_id = %(entity)s) AS sequence
FROM drawn
JOIN account debit ON debit.place = drawn.debit
JOIN account credit ON credit.place = (drawn.debit + drawn.distance) %% %(accounts)s;
ANALYZE transfer;

CREATE TEMPORARY TABLE line ON COMMIT DROP AS
SELECT n, journal_id, 1::int2 AS line, debit_id AS account_id, amount, sequence FROM transfer
UNION ALL
SELECT n, journal_id, 2::int2, credit_id, -amount, sequence FROM transfer;
ANALYZE line;

INSERT INTO journals_posting (journal_id, line, entity_id, account_id, currency, amount, effective_date,
                              account_version, balance_after, event_sequence, description, dimensions)
SELECT journal_id, line, %(entity)s, l.account_id, 'EUR', amount, %(day)s,
       b.version + row_number() OVER w, b.debits - b.credits + sum(amount) OVER w, sequence, '', NULL
FROM line l JOIN accounts_balance b ON b.account_id = l.account_id
WINDOW w AS (PARTITION BY l.account_id ORDER BY n ROWS UNBOUNDED PRECEDING);

INSERT INTO books_event (entity_id, sequence, id, type, subject, data, actor, recorded_at, hash)
SELECT %(entity)s, sequence, uuidv7(), 'journal.posted', journal_id::text, data, 'floor', now(),
       sha256(convert_to(data, 'UTF8'))
FROM (
    SELECT n, sequence, journal_id,
           '{"id":"' || journal_id || '","idempotency_key":"' || key || '","number":' || number
           || ',"amount":"' || amount || '","filler":"' || %(filler)s || '"}' AS data
    FROM transfer
) AS fact
ORDER BY n;

INSERT INTO books_idempotencykey (entity_id, issuer, key, fingerprint, event_sequence)
SELECT %(entity)s, 'client', key, '\x01'::bytea || sha256(convert_to(key, 'UTF8')), sequence FROM transfer ORDER BY n;

INSERT INTO journals_journal (id, entity_id, number, event_sequence, kind, layer, effective_date, recorded_at,
                              description, external_reference, metadata, actor, reverses_id)
SELECT journal_id, %(entity)s, number, sequence, 'transfer', 'ordinary', %(day)s, now(), '', '', NULL, 'floor', NULL
FROM transfer ORDER BY n;

WITH total AS (
    SELECT l.account_id, (min(b.version) / 256)::integer AS part,
           coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debits,
           coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS credits, count(*) AS count
    FROM line l JOIN accounts_balance b ON b.account_id = l.account_id GROUP BY l.account_id
), balance AS (
    UPDATE accounts_balance b
    SET debits = b.debits + t.debits, credits = b.credits + t.credits, version = b.version + t.count
    FROM total t WHERE b.account_id = t.account_id
), changed AS (
    UPDATE journals_daytotal d
    SET debits = d.debits + t.debits, credits = d.credits + t.credits, count = d.count + t.count
    FROM total t
    WHERE d.account_id = t.account_id AND d.effective_date = %(day)s AND d.layer = 'ordinary'
      AND d.part = t.part
    RETURNING d.account_id
)
INSERT INTO journals_daytotal AS d (account_id, effective_date, layer, part, debits, credits, count)
SELECT account_id, %(day)s, 'ordinary', part, debits, credits, count FROM total
WHERE account_id NOT IN (SELECT account_id FROM changed);

COMMIT;
