"""Who a session belongs to, found together with where they are a member."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from clinics.models import User
from clinics.permissions import known_memberships


class MemberBackend(ModelBackend):
    """Signs in by e-mail and password, as Django does; a request's user comes with the memberships, in one query."""

    def get_user(self, user_id: int) -> User | None:
        """Give the user, as the database has it at this moment; None for one who is deactivated."""
        rows = known_memberships(user_id)
        if not rows:
            # Whoever looks after the system belongs nowhere, and most others somewhere.
            found = super().get_user(user_id)
            return found if isinstance(found, User) else None
        user = rows[0].user
        user.known_memberships = rows
        return user if self.user_can_authenticate(user) else None
