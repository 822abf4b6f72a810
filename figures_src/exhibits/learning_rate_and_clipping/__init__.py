"""The exhibits of the lesson on learning rate and clipping."""
