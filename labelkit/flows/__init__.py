"""One story per command: wiring only; returns a value, prints nothing."""
