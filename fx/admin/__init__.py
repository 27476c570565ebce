"""Admin pages of foreign exchange. Importing a module registers its pages."""

from fx.admin import policies, rates, revaluations, settlements

__all__ = ["policies", "rates", "revaluations", "settlements"]
