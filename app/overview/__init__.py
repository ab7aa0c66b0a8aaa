"""The parts of the overview: what to do next, classes, how far the numbers can be trusted."""
