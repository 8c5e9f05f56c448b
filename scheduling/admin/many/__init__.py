"""Changes of many rows at once, each looked at before it is kept."""
