"""Written into every record's provenance."""

SDK = "ghost-py/0.1.0"
