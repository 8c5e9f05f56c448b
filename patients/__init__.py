"""Patients: the model, finding one, adding one. Knows nothing of appointments."""
