"""Judge a labeled set: loaders, checks, gate (pure)."""
