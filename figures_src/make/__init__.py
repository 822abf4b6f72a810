"""The making of exhibits, and their layout as files beside the docs."""
