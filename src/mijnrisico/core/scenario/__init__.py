"""A scenario: the question in one TOML file, checked completely before anything is computed.

    checked = read("my_scenario.toml")     # all problems at once: checked.errors, checked.warnings
    scenario = load("my_scenario.toml")    # the scenario, or InputError with all problems

`sections` says which keys there are, `tree` joins the file with what it extends, `problems` puts findings in the terms
of the error catalogue, `production` reads the table of volumes, `file` writes the commented file and the schema.
"""

from mijnrisico.core.scenario.scenario import (
    SCENARIO_FILE,
    TEMPLATES,
    Checked,
    Known,
    Scenario,
    check,
    load,
    read,
    template,
)

__all__ = ["SCENARIO_FILE", "TEMPLATES", "Checked", "Known", "Scenario", "check", "load", "read", "template"]
