"""The database: SQLAlchemy Core, rows in, frozen dataclasses out. Only here is there SQL."""
