"""What members took from the shop."""

from django.conf import settings
from django.db import models


class Download(models.Model):
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    title = models.CharField(max_length=200)
    is_paid = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.title
