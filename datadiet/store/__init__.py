"""The only room that writes, and that verifies what it reads."""
