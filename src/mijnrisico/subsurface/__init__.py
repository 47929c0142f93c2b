"""What an activity does underground: gas flow, compaction, cooling, stress on faults."""
