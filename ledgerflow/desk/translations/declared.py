"""What rooms declare in plain English, and is shown in the language of the page: names, labels, helps and choices.

It is found where Django keeps it, so that no room says it twice and none depends on the desk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_type_hints

from django import forms
from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.forms.utils import pretty_name
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy, override

from apps.credits.definitions import Direction, Origin
from apps.operations.definitions import LineSpec, Side
from apps.operations.parameters import ParameterKind
from apps.operations.versioning.keeping import Outcome
from apps.operations.versioning.rows import ACTIVE, DRAFT, RETIRED
from journals.models import Layer
from journals.schedules.models import OUTCOMES
from ledgerflow.approvals.reading import STATUSES as OF_PROPOSALS
from ledgerflow.core.plugins import registry
from ledgerflow.desk.navigation import GROUPS, OTHERS, WORK
from ledgerflow.installing import ROOMS
from ledgerflow.web.pages.cells import columns_of_methods
from recon.cases.ages import IN_WORDS
from recon.cases.reading import UNRESOLVED
from recon.cases.use_cases import DONE
from recon.matching.passes.shapes import Kind, Pass
from recon.matching.rule_sets import PROFILES
from recon.matching.use_cases import MANUAL, POSTED
from reports.audit_files.writing import FORMATS
from reports.kinds import KINDS

SENTENCES = ("nothing", "no_books", "search_help_text")  # what an admin says beside its rows
# Kinds, statuses, rules and the like, which stand beside a row as programs call them.
WORDS_OF_ROOMS = (
    *get_args(Direction), *get_args(Origin), *get_args(Side), *get_args(get_type_hints(LineSpec)["rounding"]),
    *get_args(ParameterKind), *get_args(Outcome), ACTIVE, DRAFT, RETIRED, *OUTCOMES, *OF_PROPOSALS, UNRESOLVED,
    *DONE.values(), *get_args(Kind), *get_args(Pass),
    *(rule.code for rules in PROFILES.values() for rule in rules), MANUAL, POSTED, "opened",
)  # fmt: skip
# Not numbers, and not codes that people do not read, such as half_even.
_WORDS = re.compile(r"^[^_]*[A-Za-z]{2}[^_]*$")
# What Django says on its pages of people, and has no German for.
OF_DJANGO = (
    "After you\u2019ve created a user, you\u2019ll be able to edit more user options.",
    "Password-based authentication",
    (
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able to"
        " authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    "Enable password-based authentication for this user by setting a password.",
    "Enable password-based authentication",
    "Disable password-based authentication",
    "This action will <strong>enable</strong> password-based authentication for this user.",
    "Set password",
    "Set password: %s",
)
Place = tuple[Any, str]  # an object, and the attribute that holds a text


def labels() -> set[str]:
    """All that is declared, untranslated."""
    found: set[str] = set()
    with override(None):
        found |= {str(config.verbose_name) for config in own_apps()}
        found |= {section.label for section in WORK} | {label for label, _ in GROUPS} | {OTHERS}
        found |= {check.title for check in registry.home_checks.values()}
        for kind in registry.journal_kinds.values():
            found |= {kind.label, kind.reversed_only_by}
        found |= {name.replace("_", " ") for name in (*registry.checks, *WORDS_OF_ROOMS)}
        found |= set(OF_DJANGO)
        found |= {name for name in IN_WORDS.values() if _WORDS.search(name)}
        for name, field in (one for audit_file in FORMATS.values() for one in audit_file.fields.items()):
            found |= {name.replace("_", " "), field.wanted}
        found |= {text for name, label in registry.step_labels.items() for text in (label, capfirst(label))}
        found |= {sentence for help_of in registry.helps.values() for sentence in help_of.sentences}
        found |= {command.label for command in registry.commands.values()} | {layer.value for layer in Layer}
        found |= {kind.title for kind in registry.proposal_kinds.values()} | {kind.title for kind in KINDS.values()}
        for model_admin in own_admins():
            meta: Any = model_admin.opts
            found |= {str(meta.verbose_name), str(meta.verbose_name_plural)}
            columns = (*model_admin.list_display, *getattr(model_admin, "more_columns", ()))
            found |= {str(label_for_field(name, model_admin.model, model_admin)) for name in columns}
            found |= {str(column.short_description) for column in columns_of_methods(model_admin)}
        for model in own_models():
            for _, choices in _choices_of(model._meta.local_concrete_fields):  # noqa: SLF001 - documented
                found |= {text for choice in choices for text in map(str, choice) if _WORDS.search(text)}
                found |= {
                    value.replace("_", " ") for value, label in choices if label == value.replace("_", " ").title()
                }
        for _, choices in _choices_of(field for form in own_forms() for field in form.base_fields.values()):
            found |= {text for value, text in _texts_of(choices) if not text.startswith(value) and _WORDS.search(text)}
        found |= {str(getattr(owner, name) or "") for owner, name in _texts_of_pages()}
        found |= {str(action.label) for one in own_admins() for action in getattr(one, "named_actions", {}).values()}
    return found


def make_labels_translatable() -> None:
    """Rooms call their models and fields in plain English; from now on each page shows them in its language."""
    for config in own_apps():
        config.verbose_name = _lazily(config.verbose_name)
    for model in own_models():
        meta: Any = model._meta  # noqa: SLF001 - documented
        meta.verbose_name, meta.verbose_name_plural = map(_lazily, (meta.verbose_name, meta.verbose_name_plural))
        for field in meta.local_concrete_fields:
            field.verbose_name = _lazily(field.verbose_name)


def make_pages_translatable() -> None:
    """The same of what admins and forms say, when all of them are there. Doing it again changes nothing."""
    for owner, name in list(_texts_of_pages()):
        setattr(owner, name, _lazily(getattr(owner, name)))
    for model in own_models():
        for field, choices in _choices_of(model._meta.local_concrete_fields):  # noqa: SLF001 - documented
            field.choices = [(value, _lazily(label)) for value, label in choices]
    for field, choices in _choices_of(field for form in own_forms() for field in form.base_fields.values()):
        field.choices = [(one, label if isinstance(label, Promise) else _lazily(label)) for one, label in choices]


def own_apps() -> list[AppConfig]:
    return [one for one in apps.get_app_configs() if one.name in ROOMS]


def own_models() -> list[Any]:
    return [model for config in own_apps() for model in config.get_models()]


def own_admins() -> list[Any]:
    own = own_apps()
    registered = admin.site._registry  # noqa: SLF001 - there is no other way
    return [one for model, one in registered.items() if model._meta.app_config in own]  # noqa: SLF001 - documented


def own_forms() -> list[Any]:
    """Every form of ours that is loaded, in the order of its name."""
    packages = {room.partition(".")[0] for room in ROOMS}
    found, left = set(), [forms.Form]
    while left:
        below = left.pop().__subclasses__()
        left += below
        found |= {one for one in below if one.__module__.partition(".")[0] in packages}
    return sorted(found, key=lambda one: (one.__module__, one.__qualname__))


def _texts_of_pages() -> Iterator[Place]:
    """Where admins, filters and forms keep what they say."""
    for model_admin in own_admins():
        kind = type(model_admin)
        yield from ((kind, name) for name in SENTENCES if getattr(kind, name, ""))
        yield from ((one, "title") for one in kind.list_filter or () if isinstance(one, type))
    for form in own_forms():
        for name, field in form.base_fields.items():
            if not field.widget.is_hidden:
                field.label = pretty_name(name) if field.label is None else field.label
                yield field, "label"
                if field.help_text:
                    yield field, "help_text"


def _choices_of(fields: Iterable[Any]) -> Iterator[tuple[Any, list[tuple[Any, Any]]]]:
    """The choices of each field that has a plain list of them; others are read when they are shown."""
    for field in fields:
        choices = getattr(field, "choices", None)
        if isinstance(choices, list):
            yield field, choices


def _texts_of(choices: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, str]]:
    return ((str(value) or "-", str(label)) for value, label in choices)


def _lazily(label: Any) -> Any:
    with override(None):  # Django makes a plural that is lazy itself
        text = str(label)
    return gettext_lazy(text) if text else label
