"""Where accounts and issued tokens live: SQLite by default, PostgreSQL by URL."""
