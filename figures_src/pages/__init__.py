"""The pages as they are written, held against what is offered."""
