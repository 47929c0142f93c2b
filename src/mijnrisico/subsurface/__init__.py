"""What an activity does underground: gas flow, compaction, stress on faults."""
