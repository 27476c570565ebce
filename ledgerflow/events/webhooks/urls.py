from django.urls import path

from ledgerflow.events.webhooks import api
from ledgerflow.web.endpoints import view

ONE = "webhooks/<uuid:webhook_id>"
DELIVERY = f"{ONE}/deliveries/<uuid:delivery_id>"

urlpatterns = [
    path("webhooks", view(api.webhook_list, api.webhook_create), name="webhooks"),
    path(ONE, view(api.webhook_show, api.webhook_change, api.webhook_delete), name="webhook"),
    path(f"{ONE}/rotate-secret", view(api.webhook_rotate_secret), name="webhook-rotate-secret"),
    path(f"{ONE}/disable", view(api.webhook_disable), name="webhook-disable"),
    path(f"{ONE}/enable", view(api.webhook_enable), name="webhook-enable"),
    path(f"{ONE}/test", view(api.webhook_test), name="webhook-test"),
    path(f"{ONE}/deliveries", view(api.webhook_delivery_list), name="webhook-deliveries"),
    path(DELIVERY, view(api.webhook_delivery_show), name="webhook-delivery"),
    path(f"{DELIVERY}/resend", view(api.webhook_delivery_resend), name="webhook-delivery-resend"),
    path(f"{DELIVERY}/discard", view(api.webhook_delivery_discard), name="webhook-delivery-discard"),
]
