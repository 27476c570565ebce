from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "journals.proof"
    verbose_name = "Proof of the books"
