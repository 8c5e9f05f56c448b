"""Short messages. A gateway costs money and a contract: this is the edge of the world, behind one method."""

from __future__ import annotations

import logging
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)


class Gateway(Protocol):
    def send(self, phone: str, text: str) -> None:
        """Send `text` to `phone` (E.164); raise whatever says that it did not go."""


class ConsoleGateway:
    """Says that something would be sent, not to whom nor what: logs are kept."""

    def send(self, phone: str, text: str) -> None:  # noqa: ARG002
        logger.info("An SMS of %s characters would be sent", len(text))


@cache
def gateway() -> Gateway:
    made: Gateway = import_string(settings.SMS_GATEWAY)()
    return made
