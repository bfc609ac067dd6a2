"""Everything that says no, or hides something."""
