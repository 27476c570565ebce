CREATE TRIGGER membership_step_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON members_membershipstep
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER membership_step_immutable ON members_membershipstep;
