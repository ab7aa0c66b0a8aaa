"""Units of work, the engine that runs them, and jobs; torch-free."""
