"""What happens inside while training: the data-dependent kernel, and paths between trained networks."""
