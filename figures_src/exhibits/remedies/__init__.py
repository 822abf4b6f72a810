"""The exhibits of the lesson on remedies."""
