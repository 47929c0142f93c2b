"""The risk of an installation in an earthquake: rates of loss, release, dispersion, individual risk; screening.

site = site_file.read(path)            # units, scenarios, weather, measures, all faults at once
hazard = hazard_band.of_run(run, x, y, year)
found = assessment.assess(site, hazard)
"""
