"""Admin pages of exceptions, and of the run that makes them."""

from recon.cases.admin import exceptions

__all__ = ["exceptions"]
