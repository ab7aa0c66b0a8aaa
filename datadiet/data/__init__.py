"""Sources in, one prepared form out; torch-free."""
