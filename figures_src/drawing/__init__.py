"""The look of figures and cards."""
