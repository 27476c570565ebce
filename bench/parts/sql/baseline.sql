-- The yardstick: a transfer as an engineer would write it by hand in PL/pgSQL. Row locks, READ COMMITTED, one call a
-- transfer. It writes a journal with a unique key, two postings with running balances, two balances and an outbox row.
CREATE SCHEMA baseline;

CREATE TABLE baseline.account (
    id integer PRIMARY KEY,
    code text NOT NULL UNIQUE,
    currency text NOT NULL
);

CREATE TABLE baseline.balance (
    account_id integer PRIMARY KEY REFERENCES baseline.account,
    debits numeric NOT NULL DEFAULT 0,
    credits numeric NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE baseline.journal (
    id uuid PRIMARY KEY,
    key text NOT NULL UNIQUE,
    effective_date date NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE baseline.posting (
    journal_id uuid NOT NULL REFERENCES baseline.journal,
    line smallint NOT NULL,
    account_id integer NOT NULL REFERENCES baseline.account,
    amount numeric NOT NULL CHECK (amount <> 0),
    account_version bigint NOT NULL,
    balance_after numeric NOT NULL,
    PRIMARY KEY (journal_id, line),
    UNIQUE (account_id, account_version)
);

CREATE TABLE baseline.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    journal_id uuid NOT NULL,
    payload jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE FUNCTION baseline.transfer(debit integer, credit integer, amount numeric, request text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    journal uuid;
    debited baseline.balance;
    credited baseline.balance;
BEGIN
    INSERT INTO baseline.journal (id, key, effective_date, recorded_at)
    VALUES (uuidv7(), request, current_date, clock_timestamp())
    ON CONFLICT (key) DO NOTHING RETURNING id INTO journal;
    IF journal IS NULL THEN
        RETURN (SELECT id FROM baseline.journal WHERE key = request);
    END IF;

    -- In the order of the ids, so that two transfers cannot deadlock.
    IF debit < credit THEN
        UPDATE baseline.balance b SET debits = debits + amount, version = version + 1
        WHERE account_id = debit RETURNING b.* INTO STRICT debited;
        UPDATE baseline.balance b SET credits = credits + amount, version = version + 1
        WHERE account_id = credit RETURNING b.* INTO STRICT credited;
    ELSE
        UPDATE baseline.balance b SET credits = credits + amount, version = version + 1
        WHERE account_id = credit RETURNING b.* INTO STRICT credited;
        UPDATE baseline.balance b SET debits = debits + amount, version = version + 1
        WHERE account_id = debit RETURNING b.* INTO STRICT debited;
    END IF;

    INSERT INTO baseline.posting (journal_id, line, account_id, amount, account_version, balance_after)
    VALUES (journal, 1, debit, amount, debited.version, debited.debits - debited.credits),
           (journal, 2, credit, -amount, credited.version, credited.debits - credited.credits);

    INSERT INTO baseline.outbox (journal_id, payload, recorded_at)
    VALUES (journal,
            jsonb_build_object('id', journal, 'key', request, 'lines', jsonb_build_array(
                jsonb_build_object('account', debit, 'side', 'debit', 'amount', amount::text,
                                   'balance', (debited.debits - debited.credits)::text, 'version', debited.version),
                jsonb_build_object('account', credit, 'side', 'credit', 'amount', amount::text,
                                   'balance', (credited.debits - credited.credits)::text, 'version', credited.version)
            )),
            clock_timestamp());
    RETURN journal;
END
$$;
