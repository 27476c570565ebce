from django.apps import AppConfig


class JournalsConfig(AppConfig):
    name = "journals"
    verbose_name = "Journals"

    def ready(self) -> None:
        from journals import extensions
        from journals.closing import reopening
        from journals.fiscal import due
        from journals.fiscal import reopening as reopening_periods
        from journals.holds import overdue_holds
        from journals.plugin import PLUGIN
        from journals.verifying import calendar
        from journals.verifying import holds as hold_proof
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
        reopening.register()
        reopening_periods.register()
        extensions.new_day.append(due.run_due)
        extensions.verifiers.append(calendar.check_calendar)
        extensions.verifiers.append(hold_proof.check_holds)
        extensions.checks["expired_holds"] = overdue_holds
