"""Organizations, their clinics and their people, and the audit trail. Knows nothing of patients or appointments."""
