"""Input of PySub, the toolbox of KEM-16, as a question about subsidence with its tables.

    found = model.read([Path("Example gas.xlsx")], shapes=Path("Shapefiles"))
    found.models, found.problems, found.notes
    question.files(found.models, found.notes, "en")        name -> text, `question.toml` first

    sheets      a workbook or its JSON form as sheets of cells, with the place of each row
    cells       heads with their units, numbers and dates as people write them
    model       the records of a gas, cavern or ensemble input, all problems at once
    shapes      outlines: shapefiles, polygons and masks in CSV, GeoJSON
    question    the files that a run of ours reads
    notes       what was converted, what differs, what was left behind

PySub itself (github.com/TNO/PySub, EUPL-1.2) was read for the names, units and meanings of its columns; no code of it
is used. Its units: m, bar, 1/bar, seconds, kg/m3, degrees; subsidence that was measured is positive down.
"""
