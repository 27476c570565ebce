"""Admin pages of bank accounts, statements and their lines."""

from recon.statements.admin import bank_accounts, lines, statements

__all__ = ["bank_accounts", "lines", "statements"]
