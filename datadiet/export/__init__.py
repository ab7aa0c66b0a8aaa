"""What leaves the workspace: index lists, labels, manifests, reports; reads only."""
