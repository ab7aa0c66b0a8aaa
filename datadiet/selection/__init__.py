"""Which example ids a training keeps; torch-free."""
