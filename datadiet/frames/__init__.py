"""Every table that is stored or returned: columns, dtypes, units and meaning, spelled once."""
