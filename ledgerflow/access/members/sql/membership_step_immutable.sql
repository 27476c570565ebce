CREATE TRIGGER membership_step_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_roles_membershipstep
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER membership_step_immutable ON ledger_roles_membershipstep;
