"""Bring practitioners from a CSV or an Excel file."""

from scheduling.management.importing import ImportCommand
from scheduling.models import ImportKind


class Command(ImportCommand):
    help = "Check FILE row by row, and import the practitioners in it."
    kind = ImportKind.PRACTITIONERS
