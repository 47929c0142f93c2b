"""How a figure is drawn: the sheet it stands on, maps and their layers, and single figures of a run."""
