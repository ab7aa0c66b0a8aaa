"""The Data Diet dashboard: reads a workspace, knows no torch."""
