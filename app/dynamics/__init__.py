"""The parts of the page Dynamics."""
