"""Mutated PDFs given to the verifier: what hypothesis drives in every run of the tests, and atheris by `make fuzz`."""
