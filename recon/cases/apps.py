from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "recon.cases"
    verbose_name = "Exceptions of reconciliation"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from recon.cases.opening import explained_by_opening
        from recon.cases.plugin import PLUGIN
        from recon.cases.recording import resolve_matched
        from recon.matching import listeners

        registry.add(PLUGIN)
        listeners.confirmed.append(resolve_matched)
        listeners.explained.append(explained_by_opening)
