"""The industry rule (Staatscourant 2021, 6830): an application judged step by step, its terms, its documents.

    batch = read(Path("dossier.toml"))     # cases, refused ones with everything that is wrong
    advice = decide(batch.cases[0])        # findings, lines of cost, outcome; it advises, a person decides
    term = decision_term(received, events) # last day to decide

`rule` holds the rule as dated data, `facts` what is known about an application, `reading` (with `values`) how it is
read, `steps` what each step finds, `decision` their order and the outcome, `terms` the ledger of days, `holidays` the
days on which no term ends, `answer` the answer for a program.
"""

from mijnrisico.studies.industry.answer import of_advice, of_batch
from mijnrisico.studies.industry.decision import decide
from mijnrisico.studies.industry.facts import Case, Company, Cost, Earlier, Event, Item, TermCase, Work
from mijnrisico.studies.industry.findings import Advice, Finding, Line
from mijnrisico.studies.industry.reading import Batch, Refused, from_json, from_toml, read
from mijnrisico.studies.industry.rule import Rule, annex_i, version_of, versions
from mijnrisico.studies.industry.terms import DecisionTerm, TermAnswer, decision_term
from mijnrisico.studies.industry.terms import answer as answer_terms

__all__ = [
    "Advice", "Batch", "Case", "Company", "Cost", "DecisionTerm", "Earlier", "Event", "Finding", "Item", "Line",
    "Refused", "Rule", "TermAnswer", "TermCase", "Work",
    "annex_i", "answer_terms", "decide", "decision_term", "from_json", "from_toml", "of_advice", "of_batch", "read",
    "version_of", "versions",
]  # fmt: skip
