"""Small tables that users hand in: read with row numbers, checked, and understood in the notations people use.

`table` reads and checks; `textfile` knows encodings, `notation` numbers, `columns` names.
"""

from mijnrisico.core.table.table import Row, Table, by_rows, find, missing_columns, numbers, read

__all__ = ["Row", "Table", "by_rows", "find", "missing_columns", "numbers", "read"]
