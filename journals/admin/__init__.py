"""Admin pages of journals, holds, days, periods and recurring journals. Importing a module registers its pages."""

from journals.admin import days, holds, journals, periods, recurring

__all__ = ["days", "holds", "journals", "periods", "recurring"]
