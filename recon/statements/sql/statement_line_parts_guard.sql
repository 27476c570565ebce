-- At commit the parts of a line that is split add up to it, and one that is not, or is undone, has no parts that stand.
CREATE FUNCTION statements_statement_line_parts_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    whole record;
    made record;
BEGIN
    SELECT l.amount, l.statement_id, l.number, l.is_split AND NOT l.is_undone AS is_split, l.part INTO whole
    FROM statements_statementline l WHERE l.id = coalesce(NEW.parent_id, NEW.id);
    SELECT count(*) AS parts, coalesce(sum(p.amount), 0) AS total INTO made
    FROM statements_statementline p WHERE p.parent_id = coalesce(NEW.parent_id, NEW.id) AND NOT p.is_undone;
    IF whole.is_split AND (made.total <> whole.amount OR made.parts NOT BETWEEN 2 AND 100)
       OR NOT whole.is_split AND made.parts > 0
    THEN
        RAISE EXCEPTION 'the parts of a line that is split add up to it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_line_parts_add_up';
    END IF;
    IF NEW.parent_id IS NOT NULL
       AND (whole.part <> 0 OR (whole.statement_id, whole.number) IS DISTINCT FROM (NEW.statement_id, NEW.number))
    THEN
        RAISE EXCEPTION 'a part has the statement and the number of its line'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_line_part_of_line';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER statement_line_part_guard AFTER INSERT ON statements_statementline
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.part > 0 OR NEW.is_split) EXECUTE FUNCTION statements_statement_line_parts_guard();
CREATE CONSTRAINT TRIGGER statement_line_parts_guard AFTER UPDATE ON statements_statementline
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.is_split <> OLD.is_split OR (NEW.part > 0 OR NEW.is_split) AND NEW.is_undone <> OLD.is_undone)
EXECUTE FUNCTION statements_statement_line_parts_guard();
-- back --
DROP TRIGGER statement_line_parts_guard ON statements_statementline;
DROP TRIGGER statement_line_part_guard ON statements_statementline;
DROP FUNCTION statements_statement_line_parts_guard();
