-- An account is opened, changed, frozen and closed by its events, whose sequence is its revision.
CREATE CONSTRAINT TRIGGER account_has_event AFTER INSERT OR UPDATE ON accounts_account
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_row_has_event('^account[.]', 'revision', 'id');
-- back --
DROP TRIGGER account_has_event ON accounts_account;
