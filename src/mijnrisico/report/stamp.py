"""What every source line says: which model, which run, which day."""

from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words


def stamp(run: RunFolder, words: Words) -> dict[str, str]:
    """Return what every source line ends with: program, run and day; and the ground-motion model of the run."""
    software = run.manifest.get("software", {})
    return {
        "model": f"mijnrisico {software.get('mijnrisico', '')}".strip(),
        "run": run.run_id,
        "day": day(str(run.manifest.get("created", "")), words),
        "motion_model": motion_model(run, words),
    }


def motion_model(run: RunFolder, words: Words) -> str:
    """Return the name of the ground-motion model of a run."""
    return words.or_name("motion_model", str(run.setting("motion", "model", default="V7")))


def day(moment: str, words: Words) -> str:
    """Write the day of an ISO moment in the reader's language; what is not a moment stays as it is."""
    parts = moment[:10].split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return moment
    return f"{int(parts[2])} {words(f'month.{int(parts[1])}')} {parts[0]}"
