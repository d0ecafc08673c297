"""Who does the work: in process, or local workers."""
