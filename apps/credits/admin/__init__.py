"""Admin pages of credits. Importing a module registers its pages."""

from apps.credits.catalogue import admin as catalogue

__all__ = ["catalogue"]
