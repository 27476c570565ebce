-- What the bank wrote never changes. A line can be split, joined and undone, and none of it is taken back once undone.
CREATE FUNCTION statements_statement_line_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a line of a statement is not deleted: its import is undone'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'statement_line_is_kept';
    END IF;
    IF (NEW.id, NEW.entity_id, NEW.bank_account_id, NEW.statement_id, NEW.number, NEW.part, NEW.parent_id,
        NEW.booking_date, NEW.value_date, NEW.amount, NEW.currency, NEW.bank_reference, NEW.end_to_end,
        NEW.customer_reference, NEW.counterparty, NEW.iban, NEW.text, NEW.raw, NEW.fingerprint)
        IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.bank_account_id, OLD.statement_id, OLD.number, OLD.part,
        OLD.parent_id, OLD.booking_date, OLD.value_date, OLD.amount, OLD.currency, OLD.bank_reference, OLD.end_to_end,
        OLD.customer_reference, OLD.counterparty, OLD.iban, OLD.text, OLD.raw, OLD.fingerprint)
    THEN
        RAISE EXCEPTION 'what the bank wrote never changes'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'statement_line_is_fixed';
    END IF;
    IF OLD.is_undone THEN
        RAISE EXCEPTION 'a line that is undone stays as it is'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'statement_line_undone_for_good';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER statement_line_guard BEFORE UPDATE OR DELETE ON statements_statementline
FOR EACH ROW EXECUTE FUNCTION statements_statement_line_guard();
-- back --
DROP TRIGGER statement_line_guard ON statements_statementline;
DROP FUNCTION statements_statement_line_guard();
