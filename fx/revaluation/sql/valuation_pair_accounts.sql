-- Both accounts are of the pair's books and of one type.
ALTER TABLE revaluation_valuationpair
    ADD CONSTRAINT fx_valuation_pair_account FOREIGN KEY (account_id, entity_id, type)
    REFERENCES accounts_account (id, entity_id, type),
    ADD CONSTRAINT fx_valuation_pair_valuation FOREIGN KEY (valuation_id, entity_id, type)
    REFERENCES accounts_account (id, entity_id, type);
-- back --
ALTER TABLE revaluation_valuationpair
    DROP CONSTRAINT fx_valuation_pair_valuation, DROP CONSTRAINT fx_valuation_pair_account;
