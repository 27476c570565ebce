CREATE TRIGGER journal_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON journals_journal
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER journal_immutable ON journals_journal;
