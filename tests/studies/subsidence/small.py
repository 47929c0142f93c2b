"""A small question for tests: a gas field, two caverns and a doublet. With levelling, in a folder."""

import json
from pathlib import Path

QUESTION = """study = "subsidence"
title = "Three causes"
title_nl = "Drie oorzaken"

[time]
start = 1990
end = 2030
shown = [2010, 2030]

[grid]
cell_m = 1000.0
margin_m = 6000.0

[surface]
model = { van_opstal = 1.0 }
basement_m = { "5000" = 0.5, "6000" = 0.5 }

[strain]
models = { linear = 0.5, time_decay = 0.5 }
decay_years = { "4" = 1.0 }

[[activity]]
name = "Field A"
kind = "gas"
outline = "field.geojson"
depth_m = 3000.0
thickness_m = 100.0
compressibility_per_bar = 1.0e-5
sd = 0.4
range_m = 4000.0
pressure = "pressure.csv"

[[activity]]
name = "Caverns"
kind = "cavern"
caverns = "caverns.csv"
volumes = "volumes.csv"
sd = 0.1

[[activity]]
name = "Doublet"
kind = "geothermal"
x_m = 236000.0
y_m = 586000.0
depth_m = 2200.0
expansion_per_k = 1.0e-5
poisson = 0.25
cooling = "doublet.csv"

[observations]
levelling = "levelling.csv"
members = 50

[[point]]
name = "Middle"
x_m = 240000.0
y_m = 590000.0

[[profile]]
name = "A-B"
from = [232000.0, 590000.0]
to = [250000.0, 590000.0]
"""

SQUARE = [[236000, 586000], [244000, 586000], [244000, 594000], [236000, 594000], [236000, 586000]]
FILES = {
    "pressure.csv": "year;pressure_bar\n1990;300\n2010;100,5\n2015;100,5\n",
    "caverns.csv": "cavern,x_m,y_m,top_m,bottom_m,radius_m\n"
    "C1,248000,590000,1400,1600,40\nC2,249000,590500,1450,1600,35\n",
    "volumes.csv": "cavern,year,volume_loss_m3\nC1,1990,0\nC1,2020,120000\nC2,1995,0\nC2,2020,80000\n",
    "doublet.csv": "year,cold_volume_m3,cooling_k\n2005,0,40\n2035,60000000,40\n",
    "levelling.csv": "point,x_rd,y_rd,from,to,subsidence_mm,sigma_mm\n"
    "B1,240000,590000,1995.5,2008.5,95,2\nB2,238000,588000,1995.5,2008.5,75,2\nB3,243000,593000,1995.5,2008.5,60,2\n",
    "objects.csv": "object,x_m,y_m,length_m,height_m,weir\nfarm,241000,590000,20,6,weir\nweir,246000,592000,10,4,\n",
}


def write(folder: Path, question: str = QUESTION, **files: str) -> Path:
    """Write the question and its files; return the path of the question."""
    outline = {"type": "Polygon", "coordinates": [SQUARE]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    (folder / "field.geojson").write_text(json.dumps(outline | {"crs": crs}))
    for name, content in {**FILES, **{key.replace("_csv", ".csv"): text for key, text in files.items()}}.items():
        (folder / name).write_text(content)
    path = folder / "question.toml"
    path.write_text(question)
    return path
