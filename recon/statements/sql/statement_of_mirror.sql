-- Statements of a mirror are made of the postings of the other account, and those of any other bank account of files.
CREATE FUNCTION statements_statement_of_mirror() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM statements_bankaccount b
               WHERE b.id = NEW.bank_account_id AND (b.mirror_id IS NOT NULL) <> (NEW.format = 'mirror'))
    THEN
        RAISE EXCEPTION 'a mirror has the postings of the other account, and no other bank account has them'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_fits_bank_account';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER statement_of_mirror BEFORE INSERT ON statements_statement
FOR EACH ROW EXECUTE FUNCTION statements_statement_of_mirror();
-- back --
DROP TRIGGER statement_of_mirror ON statements_statement;
DROP FUNCTION statements_statement_of_mirror();
