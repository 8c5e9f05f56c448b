"""Indexes for what is asked, and none for what is not; made and dropped while the clinic goes on writing."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as whatever is done concurrently needs it

    dependencies = [
        ("clinics", "0010_indexes"),
        ("patients", "0008_merged"),
        ("scheduling", "0011_merging"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="appointment",
            index=models.Index(
                fields=["organization", "appointment_date", "status"],
                include=("clinic", "appointment_type", "cancellation_reason", "patient", "id"),
                name="appointment_counted",
            ),
        ),
        AddIndexConcurrently(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("imported", False), ("status__in", ("booked", "confirmed"))),
                fields=["organization", "appointment_date"],
                name="appointment_expected",
            ),
        ),
        AddIndexConcurrently(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("cancellation_reason", "practice_request"), ("status", "cancelled")),
                fields=["organization", "clinic"],
                name="appointment_to_rebook",
            ),
        ),
        # appointment_counted begins as this one does.
        RemoveIndexConcurrently(model_name="appointment", name="appointment_of_organization"),
        migrations.AlterField(
            model_name="appointment",
            name="appointment_type",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="scheduling.appointmenttype",
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="event",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinics.activityevent",
            ),
        ),
    ]
