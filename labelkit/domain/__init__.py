"""The values that travel: standard library only, imports nothing of ours."""
