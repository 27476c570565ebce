"""The OpenAPI document is an interface: a linter passes it, and generators make clients from it that compile."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from ledgerflow.web import schema_view
from tests.services.client_tools import generator_jar, go, npm_tools, only_once, python_tools, run

pytestmark = pytest.mark.begins_first

# A program of a few seconds is slower by half where Java first makes it faster.
BRIEF_JAVA = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@pytest.fixture(scope="module")
def served(_database: None) -> bytes:
    response = Client().get("/api/schema", headers={"accept": "application/json"})
    assert response.status_code == 200
    return response.content


@pytest.fixture
def document(served: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_bytes(served)
    return path


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_every_reference_leads_to_a_component_that_a_class_can_be_named_after() -> None:
    document = schema_view.document()
    components = document["components"]["schemas"]
    assert {one.rpartition("/")[2] for one in references(document)} <= components.keys()
    assert [name for name in components if not name.isidentifier()] == []
    titles = [one["title"] for one in components.values() if "title" in one]
    assert len(titles) == len(set(titles))


def test_the_document_is_made_once_and_without_a_complaint(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    made = []
    build: Any = SchemaGenerator.get_schema

    def counted(*given: Any, **named: Any) -> Any:
        made.append(1)
        return build(*given, **named)

    monkeypatch.setattr(SchemaGenerator, "get_schema", counted)
    schema_view.document.cache_clear()
    schema_view._rendered.cache_clear()
    GENERATOR_STATS.reset()
    with caplog.at_level(logging.WARNING):
        found = [
            Client().get("/api/schema", headers={"accept": accepted})
            for accepted in ("application/json", "application/yaml", "application/json")
        ]
    assert [one.status_code for one in found] == [200] * 3
    assert found[0].content == found[2].content
    assert len(made) == 1
    assert not GENERATOR_STATS
    assert caplog.records == []
    assert "Error" not in capfd.readouterr().err


def test_redocly_finds_no_error(document: Path) -> None:
    tools = npm_tools()
    with only_once("redocly", document.read_bytes()) as is_to_do:
        if is_to_do:
            run(tools / "redocly", "lint", document, folder=document.parent)


def test_a_python_client_compiles(document: Path) -> None:
    tools, client = python_tools(), document.parent / "client"
    with only_once("python-client", document.read_bytes()) as is_to_do:
        if is_to_do:
            make = (tools / "openapi-python-client", "generate", "--meta", "none", "--fail-on-warning")
            run("env", f"PATH={tools}:/usr/bin:/bin", *make, "--path", document, "--output-path", client, folder=tools)
            run(tools / "python", "-W", "error", "-m", "compileall", "-q", client, folder=tools)
            imports = "import pkgutil, client, importlib as i; [i.import_module(m.name) for m in"
            everything = f"{imports} pkgutil.walk_packages(client.__path__, 'client.')]"
            run(tools / "python", "-c", everything, folder=document.parent)


def test_a_typescript_client_compiles(document: Path) -> None:
    tools = npm_tools()
    with only_once("typescript-client", document.read_bytes()) as is_to_do:
        if is_to_do:
            run(tools / "openapi-typescript", document, "-o", "client.ts", folder=document.parent)
            run(tools / "tsc", "--noEmit", "--strict", "client.ts", folder=document.parent)


def test_a_go_client_compiles(document: Path) -> None:
    compiler, jar, client = go(), generator_jar(), document.parent / "go"
    with only_once("go-client", document.read_bytes()) as is_to_do:
        if is_to_do:
            named = ("--git-user-id", "example", "--git-repo-id", "ledgerflow", "--package-name", "ledgerflow")
            make = ("java", *BRIEF_JAVA, "-jar", jar, "generate", "-g", "go", "-i", document, "-o", client)
            run(*make, *named, folder=document.parent)
            run(compiler, "vet", ".", folder=client)  # checks all types, and makes no machine code that nobody runs
