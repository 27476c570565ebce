-- A match is of a bank account of its own entity, its items are of its bank account, and so are rules and rejections.
-- A posting of ours is known by its account and that account's version.
ALTER TABLE matching_match ADD CONSTRAINT match_of_its_bank_account
    FOREIGN KEY (bank_account_id, entity_id) REFERENCES statements_bankaccount (id, entity_id);
ALTER TABLE matching_matchitem
    ADD CONSTRAINT match_item_of_its_match
        FOREIGN KEY (match_id, bank_account_id) REFERENCES matching_match (id, bank_account_id),
    ADD CONSTRAINT match_item_of_its_line
        FOREIGN KEY (line_id, bank_account_id) REFERENCES statements_statementline (id, bank_account_id),
    ADD CONSTRAINT match_item_of_its_posting
        FOREIGN KEY (account_id, account_version) REFERENCES journals_posting (account_id, account_version);
ALTER TABLE matching_matchrules ADD CONSTRAINT match_rules_of_bank_account
    FOREIGN KEY (bank_account_id, entity_id) REFERENCES statements_bankaccount (id, entity_id);
ALTER TABLE matching_matchrejection ADD CONSTRAINT match_rejection_of_bank_account
    FOREIGN KEY (bank_account_id, entity_id) REFERENCES statements_bankaccount (id, entity_id);
ALTER TABLE matching_matchsuggestion ADD CONSTRAINT match_suggestion_of_bank_account
    FOREIGN KEY (bank_account_id, entity_id) REFERENCES statements_bankaccount (id, entity_id);
-- back --
ALTER TABLE matching_matchsuggestion DROP CONSTRAINT match_suggestion_of_bank_account;
ALTER TABLE matching_matchrejection DROP CONSTRAINT match_rejection_of_bank_account;
ALTER TABLE matching_matchrules DROP CONSTRAINT match_rules_of_bank_account;
ALTER TABLE matching_matchitem DROP CONSTRAINT match_item_of_its_posting,
    DROP CONSTRAINT match_item_of_its_line, DROP CONSTRAINT match_item_of_its_match;
ALTER TABLE matching_match DROP CONSTRAINT match_of_its_bank_account;
