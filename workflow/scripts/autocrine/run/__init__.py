"""One run: its configuration, check, records and ledger."""
