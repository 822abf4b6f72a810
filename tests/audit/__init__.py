"""`make audit`: the built site under existing tools that run offline, one module for each thing that is checked."""
