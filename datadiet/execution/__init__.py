"""Work cut into units that publish once, run on worker processes, watched as jobs."""
