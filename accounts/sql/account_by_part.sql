-- Serves: accounts by a part of their code or name
CREATE INDEX account_by_part ON accounts_account USING gin (accounts_threes(code, name));
-- back --
DROP INDEX account_by_part;
