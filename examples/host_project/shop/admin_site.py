"""The shop's own admin site. LedgerFlow's pages appear on it, for they register on the default site."""

from ledgerflow.desk.site import ReportPages


class ShopAdmin(ReportPages):
    """A plain `django.contrib.admin.AdminSite` would do as well, and would have no pages of reports."""

    site_header = "The shop"
    site_title = "The shop"
    index_title = "Back office"
