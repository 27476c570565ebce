-- A line of a budget is set by its event.
CREATE CONSTRAINT TRIGGER budget_line_has_event AFTER INSERT ON budgets_budgetline
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^budget[.]set$', 'event_sequence', 'version');
-- back --
DROP TRIGGER budget_line_has_event ON budgets_budgetline;
