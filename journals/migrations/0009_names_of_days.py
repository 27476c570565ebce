"""What people call the closes and the policies of days."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('journals', '0008_holds'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='dayclose',
            options={'permissions': [('close_day', 'Can close a day, and give up its close'), ('reopen_day', 'Can propose and approve to reopen a closed day'), ('lock_period', 'Can lock, unlock and close a period'), ('override_lock', 'Can post into a locked period, with a reason')], 'verbose_name': 'close of a day', 'verbose_name_plural': 'closes of days'},
        ),
        migrations.AlterModelOptions(
            name='daypolicy',
            options={'verbose_name_plural': 'day policies'},
        ),
    ]
