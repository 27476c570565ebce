-- Splitting and joining have their event. Lines as the bank wrote them are told of by that of their statement.
CREATE CONSTRAINT TRIGGER statement_part_has_event AFTER INSERT ON statements_statementline
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.part > 0 OR NEW.is_split OR NEW.changed_sequence IS NOT NULL)
EXECUTE FUNCTION books_row_has_event('^statement_line[.]split$', 'changed_sequence');
CREATE CONSTRAINT TRIGGER statement_line_has_event AFTER UPDATE ON statements_statementline
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.is_split <> OLD.is_split OR NEW.changed_sequence IS DISTINCT FROM OLD.changed_sequence)
EXECUTE FUNCTION books_row_has_event('^statement_line[.](split|joined)$', 'changed_sequence');
-- back --
DROP TRIGGER statement_line_has_event ON statements_statementline;
DROP TRIGGER statement_part_has_event ON statements_statementline;
