-- NULL for a header account, so that the foreign key of postings finds no row to refer to: a header takes none,
-- and an account that has postings cannot become one.
ALTER TABLE accounts_account
    ADD COLUMN posting_currency varchar(12)
        GENERATED ALWAYS AS (CASE WHEN is_header THEN NULL ELSE currency END) STORED,
    ADD CONSTRAINT account_posting_target UNIQUE (id, entity_id, posting_currency);
-- back --
ALTER TABLE accounts_account DROP COLUMN posting_currency;
