CREATE TRIGGER functional_pinned_rate_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON functional_measuredrate
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER functional_pinned_rate_immutable ON functional_measuredrate;
