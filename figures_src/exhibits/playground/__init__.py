"""The playground's exhibit."""
