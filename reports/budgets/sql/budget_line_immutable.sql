CREATE TRIGGER budget_line_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON budgets_budgetline
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER budget_line_immutable ON budgets_budgetline;
