from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "journals.proof"
    verbose_name = "Proof of the books"

    def ready(self) -> None:
        from journals.proof.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
