from types import ModuleType

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class LedgerFlowConfig(AppConfig):
    """Looks, before any other app of ours is made, whether the project hides one of them."""

    name = "ledgerflow"
    verbose_name = "LedgerFlow"

    def __init__(self, app_name: str, app_module: ModuleType | None) -> None:
        from django.conf import settings

        from ledgerflow.installing import check_installation

        super().__init__(app_name, app_module)
        check_installation(settings)


class DashboardConfig(AdminConfig):
    default_site = "ledgerflow.desk.site.Dashboard"
