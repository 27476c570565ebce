"""Applications that the settings name are looked at when a process starts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import ClassVar

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from apps.credits.applications import BaseLedgerOperations
from apps.credits.definitions import Amount, Operation
from apps.credits.files import application_from

pytestmark = pytest.mark.pure

HERE = "applications_of_a_test"
Loyalty = application_from("name = 'loyalty'")


class Shop(BaseLedgerOperations):
    NAME = "shop"


class OtherShop(Shop):
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation("GIFT", "grant", Amount(fixed=-1)), Operation("LOST", "spend", Amount(fixed=1), template="lost"),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests are imported by their files, and applications by their dotted paths."""
    monkeypatch.setitem(sys.modules, HERE, sys.modules[__name__])


def said(settings: Settings, *paths: str) -> list[tuple[str, str]]:
    settings.LEDGERFLOW_APPLICATIONS = list(paths)
    return [(str(one.id), str(one.msg)) for one in run_checks() if str(one.id).startswith("credits.")]


def test_sound_applications_start(settings: Settings) -> None:
    assert said(settings) == []
    assert said(settings, f"{HERE}.Shop", f"{HERE}.Loyalty") == []


def test_each_fault_stops_the_start_with_a_line(settings: Settings) -> None:
    sign, template, twice = said(settings, f"{HERE}.Shop", f"{HERE}.OtherShop")
    assert sign[0] == template[0] == "credits.E002"
    assert sign[1].startswith("shop: GIFT: its amount, fixed -1, has the wrong sign")
    assert template[1] == "shop: LOST: there is no template 'lost'."
    assert twice == ("credits.E003", "2 applications have the name shop.")


def test_what_is_no_application_is_named(settings: Settings) -> None:
    found = said(settings, f"{HERE}.Nobody", f"{HERE}.HERE", "nowhere.Shop", "Shop")
    assert [id_ for id_, _ in found] == ["credits.E001"] * 4
    assert found[1][1] == f"{HERE}.HERE is no application: it is no subclass of BaseLedgerOperations"
