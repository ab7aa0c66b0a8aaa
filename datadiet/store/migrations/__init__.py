"""How the database's schema came about: one file a change, applied in order by ``store.migrate``."""
