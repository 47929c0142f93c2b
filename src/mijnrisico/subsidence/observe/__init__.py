"""What was measured at the surface, how good it is, and what it says about what happens below.

observations   the record of measured displacements, joined over techniques
covariance     how the errors of measurements hang together
design         what a model predicts for each of them
misfit         how far apart the two lie
update         what the measurements make of the prior: exact, for amplitudes that count linearly
red_flag       the chance that a limit is exceeded, campaign by campaign
budget         the load of a basin against its usable space
survey         what a plan of measurements will be able to see
"""
