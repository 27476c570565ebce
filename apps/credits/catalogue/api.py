"""The endpoints of applications: which there are, and what their operations take."""

from __future__ import annotations

from apps.credits.catalogue.describing import ApplicationDescription, ApplicationList
from apps.credits.catalogue.reading import described_application, described_applications
from ledgerflow.access.scopes import READ
from ledgerflow.web.endpoints import Call, Endpoints

credits_endpoints = Endpoints("credits")


@credits_endpoints.get(scope=READ, answer=ApplicationList)
def application_list(call: Call[None]) -> ApplicationList:
    """The applications whose operations can be run, by name: those of the settings, and those of the books."""
    return ApplicationList(described_applications(call.entity_id))


@credits_endpoints.get(scope=READ, answer=ApplicationDescription, problems=(404,))
def application_show(call: Call[None], application: str) -> ApplicationDescription:
    """One application with all its operations: direction, amounts, how often, and what becomes of a grant."""
    return described_application(call.entity_id, application)
