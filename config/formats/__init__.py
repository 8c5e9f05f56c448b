"""How Django itself writes dates where a page names no format of its own: in the administration."""
