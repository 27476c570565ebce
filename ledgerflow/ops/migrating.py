"""Migrations go forward without making the classes of all models anew for each table.

Nearly every table refers to its books, so nearly all models are tied to each other. Django makes the classes of all
that are tied to a changed model anew: thousands for an empty database, which took five sixths of the whole migration.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState


class ForwardState(ProjectState):
    """A state that only goes forward: a new model needs one new class, a new constraint or index needs none."""

    def add_model(self, model_state: ModelState) -> None:
        with self.without_classes():
            super().add_model(model_state)
        if "apps" in self.__dict__:
            self.apps.render_multiple([model_state])

    def _append_option(self, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
        with self.without_classes():
            super()._append_option(app_label, model_name, option_name, obj)  # type: ignore[misc]
        if "apps" in self.__dict__:
            options = self.apps.get_model(app_label, model_name)._meta  # noqa: SLF001 - Django's documented model API
            setattr(options, option_name, [*getattr(options, option_name), obj])

    @contextmanager
    def without_classes(self) -> Iterator[None]:
        """Django changes only what is written of the models. A migration with code that asks for classes gets new."""
        classes = self.__dict__.pop("apps", None)
        yield
        if classes is not None:
            self.__dict__["apps"] = classes
            self.is_delayed = True


class ForwardExecutor(MigrationExecutor):
    """Back it goes as Django does it, which takes long and is rare."""

    def _migrate_all_forwards(
        self, state: ProjectState, plan: list[tuple[Migration, bool]], *args: Any, **options: Any
    ) -> ProjectState:
        begin = ForwardState(state.models, state.real_apps)
        return super()._migrate_all_forwards(begin, plan, *args, **options)  # type: ignore[misc,no-any-return]
