CREATE TRIGGER functional_measure_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON functional_basemeasure
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER functional_measure_immutable ON functional_basemeasure;
