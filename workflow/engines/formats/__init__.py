"""Reading of the standard formats, with the checks that keep a wrong file out of a result."""
