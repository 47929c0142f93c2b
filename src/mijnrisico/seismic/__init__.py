"""The seismic effect: from loading of faults to ground motion and personal risk."""
