"""The pages of a report: the expert version, the short one, and what stands on them beside the figures."""
