-- A line is of an account of its own entity, in its currency, that is no header.
ALTER TABLE budgets_budgetline ADD CONSTRAINT budget_line_of_account
    FOREIGN KEY (account_id, entity_id, currency) REFERENCES accounts_account (id, entity_id, posting_currency);
-- back --
ALTER TABLE budgets_budgetline DROP CONSTRAINT budget_line_of_account;
