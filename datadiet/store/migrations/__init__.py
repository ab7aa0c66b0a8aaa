"""How the database's schema came about; run by alembic on the connection that it is handed."""
