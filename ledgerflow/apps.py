from django.contrib.admin.apps import AdminConfig


class DashboardConfig(AdminConfig):
    default_site = "ledgerflow.dashboard.Dashboard"
