-- A bank account is what its last event says.
CREATE CONSTRAINT TRIGGER bank_account_has_event AFTER INSERT OR UPDATE ON statements_bankaccount
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^bank_account[.]set$', 'event_sequence', 'id');
-- back --
DROP TRIGGER bank_account_has_event ON statements_bankaccount;
