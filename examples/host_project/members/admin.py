from django.contrib import admin

from members.models import Member

admin.site.register(Member)
