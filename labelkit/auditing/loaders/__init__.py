"""What each loader makes of a folder tree, to the file and the index; one loader a file."""
