"""What scores mean for a person; arrays and tables in, tables out; torch-free."""
