"""The desk's pages of imports. Django looks here for the admin of the room."""

from journals.portability.admin.runs import ImportRunAdmin

__all__ = ["ImportRunAdmin"]
