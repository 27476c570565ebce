-- The version is part of the key, so that the newest state of a balance is found first and its update meets no older one.
-- With the account alone as key, each look-up and each check of uniqueness walks over every dead version of the row, and
-- while somebody holds a snapshot open (a dump, a long report) none can be removed: after two minutes half of the posting
-- rate was gone. That an account has one balance is held by `balance_guard`.
ALTER TABLE accounts_balance
    DROP CONSTRAINT accounts_balance_pkey,
    ADD CONSTRAINT accounts_balance_pkey PRIMARY KEY (account_id, version);
-- back --
ALTER TABLE accounts_balance
    DROP CONSTRAINT accounts_balance_pkey,
    ADD CONSTRAINT accounts_balance_pkey PRIMARY KEY (account_id);
