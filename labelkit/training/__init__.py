"""Learn from a labeled set: the only wing that imports keras and tensorflow."""
