"""The rules of time, in the standard library alone: no Django, no database, no clock of its own."""
