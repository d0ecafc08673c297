"""Where bytes and rows live: walk, metadata tables, ledger, transfer, settings."""
