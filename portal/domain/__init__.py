"""The rule book: pure, standard library only, and the clock is an argument."""
