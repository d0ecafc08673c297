"""Tell a result: console and machine formats."""
