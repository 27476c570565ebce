-- A line is of a statement of its own entity, bank account and currency, and a part of a line of its bank account.
ALTER TABLE statements_statementline
    ADD CONSTRAINT statement_line_of_statement FOREIGN KEY (statement_id, bank_account_id, entity_id, currency)
    REFERENCES statements_statement (id, bank_account_id, entity_id, currency),
    ADD CONSTRAINT statement_line_of_line FOREIGN KEY (parent_id, bank_account_id)
    REFERENCES statements_statementline (id, bank_account_id);
-- back --
ALTER TABLE statements_statementline
    DROP CONSTRAINT statement_line_of_line, DROP CONSTRAINT statement_line_of_statement;
