"""The words of the user: one Typer file per command, no decisions."""
