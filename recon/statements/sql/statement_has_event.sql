-- A statement comes by an event, and is changed by one.
CREATE CONSTRAINT TRIGGER statement_has_event AFTER INSERT ON statements_statement
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^statement[.]imported$', 'event_sequence', 'id');
CREATE CONSTRAINT TRIGGER statement_change_has_event AFTER UPDATE ON statements_statement
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^statement[.](undone|balances_stated)$', 'changed_sequence', 'id');
-- back --
DROP TRIGGER statement_change_has_event ON statements_statement;
DROP TRIGGER statement_has_event ON statements_statement;
