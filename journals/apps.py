from django.apps import AppConfig


class JournalsConfig(AppConfig):
    name = "journals"
    verbose_name = "Journals"

    def ready(self) -> None:
        from journals import extensions, reopening_periods, what_is_due
        from journals.closing import reopening
        from journals.holds import overdue_holds
        from journals.verifying import calendar
        from journals.verifying import holds as hold_proof

        reopening.register()
        reopening_periods.register()
        extensions.new_day.append(what_is_due.run_due)
        extensions.verifiers.append(calendar.check_calendar)
        extensions.verifiers.append(hold_proof.check_holds)
        extensions.checks["expired_holds"] = overdue_holds
