-- What follows from events of the books, as it is read. No schema is named: a rebuild makes the same tables beside these.

CREATE TABLE entities (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    name text NOT NULL,
    base_currency text NOT NULL,
    base_changes jsonb NOT NULL DEFAULT '{}',
    time_zone text NOT NULL,
    first_business_date date NOT NULL,
    business_date date NOT NULL,
    currencies jsonb NOT NULL,
    open_accounts bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE accounts (
    entity_id uuid NOT NULL,
    code text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    currency text NOT NULL,
    normal_side text NOT NULL,
    parent text,
    is_header boolean NOT NULL,
    monetary boolean NOT NULL,
    owner_id text NOT NULL,
    role text NOT NULL,
    cash_flow text NOT NULL,
    term text NOT NULL,
    metadata jsonb NOT NULL,
    min_balance numeric,
    max_balance numeric,
    outflow_frozen boolean NOT NULL,
    inflow_frozen boolean NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    revision bigint NOT NULL,
    search tsvector NOT NULL,
    PRIMARY KEY (entity_id, code)
);
-- Serves: finding accounts by words of their code, name and owner
CREATE INDEX accounts_by_word ON accounts USING gin (search);

-- Apart from the accounts, because it changes with every journal: a narrow row that stays on its page.
CREATE TABLE balances (
    entity_id uuid NOT NULL,
    account text COLLATE "C" NOT NULL,
    debits numeric NOT NULL,
    credits numeric NOT NULL,
    held numeric NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (entity_id, account)
) WITH (fillfactor = 50);

CREATE TABLE account_days (
    entity_id uuid NOT NULL,
    account text COLLATE "C" NOT NULL,
    effective_date date NOT NULL,
    count bigint NOT NULL,
    debits numeric NOT NULL,
    credits numeric NOT NULL,
    PRIMARY KEY (entity_id, account, effective_date)
) WITH (fillfactor = 70);

CREATE TABLE entity_kinds (
    entity_id uuid NOT NULL,
    kind text NOT NULL,
    journals bigint NOT NULL,
    PRIMARY KEY (entity_id, kind)
) WITH (fillfactor = 50);

CREATE TABLE entity_days (
    entity_id uuid NOT NULL,
    effective_date date NOT NULL,
    currency text NOT NULL,
    journals bigint NOT NULL,
    volume numeric NOT NULL,
    PRIMARY KEY (entity_id, effective_date, currency)
) WITH (fillfactor = 50);

CREATE TABLE entity_holds (
    entity_id uuid NOT NULL,
    currency text NOT NULL,
    open bigint NOT NULL,
    held numeric NOT NULL,
    PRIMARY KEY (entity_id, currency)
) WITH (fillfactor = 50);

CREATE TABLE journals (
    id uuid PRIMARY KEY,
    entity_id uuid NOT NULL,
    number bigint NOT NULL,
    event_sequence bigint NOT NULL,
    kind text NOT NULL,
    layer text NOT NULL,
    effective_date date NOT NULL,
    original_date date,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    description text NOT NULL,
    external_reference text NOT NULL,
    reverses uuid,
    reversed_by uuid,
    amounts jsonb NOT NULL,
    counterparties jsonb NOT NULL,
    metadata jsonb,
    lines jsonb NOT NULL,
    reference text COLLATE "C" NOT NULL,
    figures numeric[] NOT NULL,
    search tsvector NOT NULL
);
-- Serves: the list of journals, newest first
CREATE INDEX journals_by_date ON journals (entity_id, effective_date, number);
-- Serves: the search by words, and by account
CREATE INDEX journals_by_word ON journals USING gin (search);
-- Serves: finding journals, newest first as they were recorded
CREATE INDEX journals_by_number ON journals (entity_id, number);
-- Serves: finding journals by the beginning of their reference
CREATE INDEX journals_by_reference ON journals (entity_id, reference, number) WHERE reference <> '';

-- Each amount of a journal once, without its sign: those of its lines, and its total in each currency.
CREATE TABLE amounts (
    entity_id uuid NOT NULL,
    amount numeric NOT NULL,
    number bigint NOT NULL
);
-- Serves: finding journals by an amount, newest first, or by amounts between two
CREATE INDEX amounts_newest ON amounts (entity_id, amount, number);

-- What is found of holds; how much of one is left changes, and is read where it is decided.
CREATE TABLE holds (
    id uuid PRIMARY KEY,
    entity_id uuid NOT NULL,
    event_sequence bigint NOT NULL,
    account text COLLATE "C" NOT NULL,
    currency text NOT NULL,
    amount numeric NOT NULL,
    search tsvector NOT NULL
);
-- Serves: finding holds by words
CREATE INDEX holds_by_word ON holds USING gin (search);
-- Serves: finding holds by their amount, newest first
CREATE INDEX holds_by_amount ON holds (entity_id, amount, event_sequence);
