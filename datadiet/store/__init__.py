"""The only room that writes: publication by one rename, tables, arrays, documents, the database."""
