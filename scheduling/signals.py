"""What happened to an appointment, told within its transaction: a receiver that fails undoes the change."""

from django.dispatch import Signal

appointment_created = Signal()
"""Sent by Appointment with `appointment` and `event`, the ActivityEvent."""

appointment_changed = Signal()
"""Sent likewise, for a move and for an edit; the event's `old` and `new` hold what has changed."""

appointment_status_changed = Signal()
"""Sent likewise; the event's `old` and `new` name the status."""
