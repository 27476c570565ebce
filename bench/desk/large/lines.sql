-- Lines of all journals: the first on one of the few busy accounts, the others on those of customers, of which the
-- first have most. Two lines in half of the journals, four in a quarter, eight in a quarter.
CREATE TEMPORARY TABLE bulk_line AS
SELECT e.place, n, line::smallint,
       e.first_account + CASE WHEN line = 1 THEN floor(e.hot * pg_temp.drawn(n * 8) ^ 2)
           ELSE e.hot + floor((e.accounts - e.hot) * pg_temp.drawn(n * 8 + line - 1) ^ 3) END::bigint AS account,
       CASE WHEN line = 1 THEN p.piece * (p.count - 1) ELSE -p.piece END AS amount
FROM bulk_entity e CROSS JOIN LATERAL generate_series(e.first_journal, e.first_journal + e.journals - 1) n
CROSS JOIN LATERAL (
    SELECT CASE n & 3 WHEN 0 THEN 8 WHEN 1 THEN 4 ELSE 2 END AS count,
           CASE WHEN n %% 5 = 0 THEN -1 ELSE 1 END
               * CASE WHEN n %% 10 = 3 THEN 100.00 ELSE ((hashint8(n) & 1048575) + 1) / 100.00 END::numeric(20, 2) AS piece
) p
CROSS JOIN LATERAL generate_series(1, p.count) line;
-- next --
CREATE TEMPORARY TABLE bulk_posting AS
SELECT l.place, l.n, l.line, l.account, l.amount, pg_temp.moment_of(l.n - e.first_journal, e.journals)::date AS day,
       row_number() OVER w AS version, sum(l.amount) OVER w AS balance, sum(greatest(l.amount, 0)) OVER w AS debits
FROM bulk_line l JOIN bulk_entity e ON e.place = l.place
WINDOW w AS (PARTITION BY l.account ORDER BY l.n, l.line ROWS UNBOUNDED PRECEDING)
ORDER BY l.n, l.line;
-- next --
DROP TABLE bulk_line;
-- next --
CREATE INDEX ON bulk_posting (n);
-- next --
ANALYZE bulk_posting;
-- next --
INSERT INTO journals_posting (journal_id, line, entity_id, account_id, currency, amount, effective_date, account_version,
                              balance_after, event_sequence, description, dimensions)
SELECT pg_temp.journal_id(p.n), p.line, e.id, pg_temp.account_id(p.account), 'EUR', p.amount, p.day, p.version, p.balance,
       e.sequence + 1 + e.accounts + p.n - e.first_journal, '', NULL
FROM bulk_posting p JOIN bulk_entity e ON e.place = p.place;
-- next --
CREATE TEMPORARY TABLE bulk_total AS
SELECT place, account, day, version / 256 AS part, sum(greatest(amount, 0)) AS debits, -sum(least(amount, 0)) AS credits,
       count(*) AS count
FROM bulk_posting GROUP BY 1, 2, 3, 4;
-- next --
ANALYZE bulk_total;
-- next --
INSERT INTO journals_daytotal (account_id, effective_date, layer, part, debits, credits, count)
SELECT pg_temp.account_id(account), day, 'ordinary', part, debits, credits, count FROM bulk_total ORDER BY account, day, part;
-- next --
INSERT INTO accounts_balance (account_id, debits, credits, held, version, normal_sign, overridden)
SELECT a.id, coalesce(t.debits, 0), coalesce(t.credits, 0), 0, coalesce(t.count, 0),
       CASE a.normal_side WHEN 'debit' THEN 1 ELSE -1 END, false
FROM bulk_account a LEFT JOIN (
    SELECT account, sum(debits) AS debits, sum(credits) AS credits, sum(count) AS count FROM bulk_total GROUP BY 1
) t ON t.account = a.n ORDER BY a.n;
-- next --
-- Of closed days what each account did since the day closed before.
INSERT INTO days_daysnapshot (account_id, day, number, opening, debits, credits, closing, count, last_version, total_debits,
                              total_credits)
SELECT pg_temp.account_id(account), day, number, total_debits - total_credits - debits + credits, debits, credits,
       total_debits - total_credits, count, version, total_debits, total_credits
FROM (
    SELECT m.*, sum(debits) OVER w AS total_debits, sum(credits) OVER w AS total_credits, sum(count) OVER w AS version
    FROM (
        SELECT t.account, d.day, d.number, sum(t.debits) AS debits, sum(t.credits) AS credits, sum(t.count) AS count
        FROM bulk_total t JOIN bulk_day d ON d.place = t.place AND d.effective_date = t.day GROUP BY 1, 2, 3
    ) m WINDOW w AS (PARTITION BY account ORDER BY day ROWS UNBOUNDED PRECEDING)
) s ORDER BY account, day;
-- next --
INSERT INTO read_models.balances (entity_id, account, debits, credits, held, version)
SELECT a.entity_id, a.code, b.debits, b.credits, b.held, b.version
FROM bulk_account a JOIN accounts_balance b ON b.account_id = a.id ORDER BY a.n;
-- next --
INSERT INTO read_models.account_days (entity_id, account, effective_date, count, debits, credits)
SELECT a.entity_id, a.code, t.day, sum(t.count), sum(t.debits), sum(t.credits)
FROM bulk_total t JOIN bulk_account a ON a.n = t.account GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- next --
INSERT INTO read_models.entity_days AS d (entity_id, effective_date, currency, journals, volume)
SELECT e.id, p.day, 'EUR', count(DISTINCT p.n), sum(p.amount)
FROM bulk_posting p JOIN bulk_entity e ON e.place = p.place WHERE p.amount > 0 GROUP BY 1, 2
ON CONFLICT (entity_id, effective_date, currency) DO UPDATE
SET journals = d.journals + excluded.journals, volume = d.volume + excluded.volume;
-- next --
INSERT INTO read_models.entity_kinds AS k (entity_id, kind, journals) SELECT id, 'transfer', journals FROM bulk_entity
ON CONFLICT (entity_id, kind) DO UPDATE SET journals = k.journals + excluded.journals;
