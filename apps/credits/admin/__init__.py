"""Admin pages of credits, which Django looks for here. Importing a module registers its pages."""

from apps.credits.catalogue import admin as catalogue
from apps.credits.owners import admin as owners

__all__ = ["catalogue", "owners"]
