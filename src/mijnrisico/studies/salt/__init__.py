"""What becomes of salt caverns: how fast they close, what each way to leave them does, whether one may come up.

    question = read(Path("caverns.toml"))       sections: what a file may say; question: what it means
    answer = assess(question)                   tables, and the volume lost by every member of the ensemble

Screening for questions about abandonment and about sinkholes. The volume lost by cavern, option and year is what a
study of subsidence puts below the surface.
"""

from mijnrisico.studies.salt.answer import Answer, assess
from mijnrisico.studies.salt.question import EXAMPLE, Question, read

__all__ = ["EXAMPLE", "Answer", "Question", "assess", "read"]
