"""Versions of applications that are kept in the books: drafted, made active by two people, retired.

What makes no sense is refused when it is drafted, so that nothing in the books stops a process from starting. What
depends on the books, such as the decimals of the unit, is looked at before a version becomes active.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from accounts.models import Currency
from apps.credits.catalogue.errors import (
    ApplicationActive,
    ApplicationNotActive,
    ApplicationNotFound,
    ApplicationOfSettings,
    ApplicationVersionNotFound,
    OperationsRefused,
)
from apps.credits.catalogue.events import ApplicationActivatedFact, ApplicationDraftedFact, ApplicationRetiredFact
from apps.credits.files import ApplicationFile, application_of
from apps.credits.models import ApplicationStep, ApplicationVersion
from apps.credits.registry import is_in_settings
from apps.operations.versioning.keeping import Refusals, Versions
from apps.operations.versions import active_version
from ledgerflow.core import canonical

KIND = "application.activate"
PERMISSION = "credits.activate_application"
MAX_BYTES = 64 * 1024
NUL = b"\\u0000"


def check(name: str, said: ApplicationFile) -> None:
    """Raise `OperationsRefused`, with a pointer for each operation that is wrong, for what could never be run."""
    text = canonical.encode(said)
    if len(text) > MAX_BYTES or NUL in text:
        raise OperationsRefused({"": f"{name}: an application has at most {MAX_BYTES} bytes of JSON, and no NUL."})
    found: dict[str, list[str]] = defaultdict(list)
    places = {one.name: f"/operations/{place}" for place, one in enumerate(said.operations)}
    for operation, fault in application_of(said).faults():
        found[places.get(operation, "")].append(f"{operation or name}: {fault}")
    if found:
        raise OperationsRefused({place: " ".join(faults) for place, faults in found.items()})


def check_in_books(entity_id: UUID, name: str, said: ApplicationFile) -> None:
    """Raise `ApplicationOfSettings`, or `OperationsRefused` for a unit or a template that does not fit the books."""
    if is_in_settings(name):
        raise ApplicationOfSettings(application=name)
    check(name, said)
    found = {}
    unit = Currency.objects.filter(entity_id=entity_id, code=said.unit).first()
    if unit is not None and unit.minor_units != said.minor_units:
        found["/minor_units"] = (
            f"{said.unit} has {unit.minor_units} decimals in these books, and {said.minor_units} in the application."
        )
    for place, shape in enumerate(said.templates):
        lacking = _lacking(entity_id, shape.code, shape.parameters)
        if lacking:
            found[f"/templates/{place}"] = lacking
    if found:
        raise OperationsRefused(found)


def _lacking(entity_id: UUID, code: str, parameters: tuple[str, ...]) -> str:
    version = active_version(entity_id, code)
    if version is None:
        return f"The template {code} has no active version in these books."
    known = {parameter.name for parameter in version.read().parameters}
    missing = [name for name in parameters if name not in known]
    return f"The template {code} has no parameter {', '.join(missing)} in these books." if missing else ""


APPLICATIONS = Versions(
    ApplicationVersion, ApplicationStep, ApplicationDraftedFact, ApplicationActivatedFact, ApplicationRetiredFact, KIND,
    Refusals(
        "application", ApplicationNotFound, ApplicationVersionNotFound, ApplicationActive, ApplicationNotActive,
    ),
    check, check_in_books,
)  # fmt: skip
