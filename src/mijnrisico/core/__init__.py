"""Where the stages live in common: scenario, sites, logic tree, curves, norms and the run folder."""
