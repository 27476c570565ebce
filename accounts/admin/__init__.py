"""Admin pages of entities, currencies and accounts. Importing a module registers its pages."""

from accounts.admin import accounts, entities

__all__ = ["accounts", "entities"]
