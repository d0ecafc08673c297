"""Three tables of awkward shape, as published ones and real lines have them; drawn anew from a seed."""

from __future__ import annotations

import random
from pathlib import Path

from tests.flows.dirt import Line

SIZE = 24
DASH = "\N{EN DASH}"


def casting(folder: Path, seed: int) -> Line:
    """Windows-1252, `;`, decimal commas, a note column, and words in the column of numbers."""
    chance, made = random.Random(seed), Line(folder)  # noqa: S311 - a table that can be drawn again, no secret
    rows = []
    for n in range(SIZE):
        made.images(f"Guß {n:02d}.png")
        score = f"{chance.uniform(40, 99):.1f}".replace(".", ",")
        score = chance.choice(["n. gemessen", DASH, score, score, score, score])
        rows.append(f"Guß {n:02d}.png;{score};{chance.choice(['Lunker', 'Riß', 'größerer Grat', ''])}\r\n")
    made.table("Bild;Güte;Bemerkung\r\n" + "".join(rows), encoding="cp1252")
    return made


def steel(folder: Path, seed: int) -> Line:
    """A column name with a blank in front, and numbers that the file names write with zeros in front."""
    chance, made = random.Random(seed), Line(folder)  # noqa: S311 - a table that can be drawn again, no secret
    rows = []
    for n in chance.sample(range(1, 2_000), SIZE):
        made.images(f"plate_{n:05d}.png")
        rows.append(f"{n}, {n % 2}\n")
    made.table("id, defect\n" + "".join(rows))
    return made


def boards(folder: Path, seed: int) -> Line:
    """Labels in two cases; some boards were looked at twice, and a few of them with two answers."""
    chance, made = random.Random(seed), Line(folder)  # noqa: S311 - a table that can be drawn again, no secret
    rows = []
    for n in range(SIZE):
        made.images(f"b{n:02d}.png")
        first = chance.choice(["Good", "Bad"])
        rows.append((n, first))
        if n % 4 == 0:
            rows.append((n, first.lower()))
        if n % 8 == 1:
            rows.append((n, "bad" if first == "Good" else "good"))
    chance.shuffle(rows)
    made.table("image,label\n" + "".join(f"b{n:02d}.png,{label}\n" for n, label in rows))
    return made
