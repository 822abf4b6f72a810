"""The exhibits of the symptom gallery."""
