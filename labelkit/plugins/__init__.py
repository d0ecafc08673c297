"""Load a person's rules: Python files, TOML files, expressions."""
