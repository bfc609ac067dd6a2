"""The database's history, one revision a change; a test proves that models and migrations are equal."""
