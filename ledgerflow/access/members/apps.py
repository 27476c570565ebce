from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "ledgerflow.access.members"
    label = "ledger_roles"
    verbose_name = "Members"

    def ready(self) -> None:
        from django.core.checks import register
        from django.db.models.signals import post_migrate

        from ledgerflow.access.members.plugin import PLUGIN
        from ledgerflow.access.members.seeding import seed_roles
        from ledgerflow.access.members.startup_checks import check_backend
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
        register(check_backend)
        post_migrate.connect(seed_roles, sender=self)
