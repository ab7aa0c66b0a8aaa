"""What retrainings tell: points of a study, the surface between them, what to measure next, the verdict."""
