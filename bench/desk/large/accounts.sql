-- One row each as `open_accounts` would leave it, with its event and what the read models know of it.
CREATE TEMPORARY TABLE bulk_account AS
SELECT e.place, e.id AS entity_id, n, pg_temp.account_id(n) AS id, pg_temp.code_of(n - e.first_account, e.hot) AS code,
       pg_temp.name_of(n, n - e.first_account, e.hot) AS name, t.type, e.sequence + 1 + n - e.first_account AS sequence,
       CASE WHEN n - e.first_account < e.hot THEN '' ELSE 'customer-' || n - e.first_account END AS owner_id,
       CASE WHEN t.type IN ('asset', 'expense') THEN 'debit' ELSE 'credit' END AS normal_side,
       (SELECT h.id FROM bulk_header h WHERE h.place = e.place AND h.type = t.type) AS parent_id,
       (SELECT h.code FROM bulk_header h WHERE h.place = e.place AND h.type = t.type) AS parent, e.opened_at
FROM bulk_entity e CROSS JOIN LATERAL generate_series(e.first_account, e.first_account + e.accounts - 1) n
CROSS JOIN LATERAL (
    SELECT CASE WHEN n - e.first_account >= e.hot THEN 'liability'
                ELSE (ARRAY['asset', 'asset', 'income', 'expense'])[1 + (n - e.first_account) %% 4] END AS type
) t;
-- next --
INSERT INTO accounts_account (id, code, name, type, currency, normal_side, is_header, monetary, owner_id, role, cash_flow,
                              term, metadata, outflow_frozen, inflow_frozen, opened_at, revision, entity_id, parent_id)
SELECT id, code, name, type, 'EUR', normal_side, false, type IN ('asset', 'liability'), owner_id, '', '', '', '{}', false,
       false, opened_at, sequence, entity_id, parent_id
FROM bulk_account ORDER BY n;
-- next --
INSERT INTO books_event (entity_id, sequence, id, type, subject, data, actor, recorded_at, hash)
SELECT entity_id, sequence, id, 'account.opened', id::text, data, 'bench', opened_at, sha256(convert_to(data, 'UTF8'))
FROM (
    SELECT *, format('{"cash_flow":"","closed":false,"code":"%%s","currency":"EUR","id":"%%s","inflow_frozen":false,'
        '"is_header":false,"keeps_lots":false,"max_balance":null,"metadata":{},"min_balance":null,"monetary":%%s,'
        '"name":"%%s","normal_side":"%%s","outflow_frozen":false,"owner_id":"%%s","parent":%%s,"reason":"","role":"",'
        '"term":"","type":"%%s"}', code, id, to_json(type IN ('asset', 'liability')), name, normal_side, owner_id,
        coalesce('"' || parent || '"', 'null'), type) AS data
    FROM bulk_account
) made ORDER BY n;
-- next --
INSERT INTO read_models.accounts (entity_id, code, id, name, type, currency, normal_side, parent, is_header, monetary, owner_id,
                                  role, cash_flow, term, metadata, outflow_frozen, inflow_frozen, opened_at, revision, search)
SELECT entity_id, code, id, name, type, 'EUR', normal_side, parent, false, type IN ('asset', 'liability'), owner_id, '', '',
       '', '{}', false, false, opened_at, sequence,
       (pg_temp.words_of(code || ' ' || name || ' ' || owner_id) || ' ''=' || code || '''')::tsvector
FROM bulk_account ORDER BY n;
-- next --
UPDATE read_models.entities r SET open_accounts = r.open_accounts + e.accounts FROM bulk_entity e WHERE e.id = r.id;
