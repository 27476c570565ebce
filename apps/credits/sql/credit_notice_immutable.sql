CREATE TRIGGER credit_notice_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON credits_notice
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER credit_notice_immutable ON credits_notice;
