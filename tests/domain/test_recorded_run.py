from __future__ import annotations

import json

from labelkit.domain.recorded_run import RecordedFile, RecordedSource, RunArguments, read_arguments


def test_arguments_come_back_as_they_were_written() -> None:
    source = RecordedSource(
        *("by_score", "function", "rules/t.py:5", 2, ("GO", "NG"), ("score",), ("glare",)),
        parameters={"threshold": 80.5, "strict": True, "lot": "A", "n": 3},
        file="rules/t.py",
    )
    given = RunArguments(
        sources=("raw", "\udcff"),
        metadata=("m.csv",),
        rules=(RecordedFile("rules/t.py", "a" * 64, "/line/rules/t.py"),),
        expressions=("score > 1 -> GO",),
        label_column="verdict",
        map={"OK": "GO"},
        policy_given="majority",
        order=("rule", "rules"),
        path_fields="{lot}_{n}.png",
        kinds={"score": "float"},
        vote_sources=(source,),
    )
    assert read_arguments(given.to_json()) == given
    assert given.file_of(given.source("by_score")) == given.rules[0]


def test_what_an_earlier_version_wrote_is_read() -> None:
    old = {
        "sources": ["raw"],
        "rules": [{"file": "r.py", "sha256": "b" * 64}],
        "parameters": {"r.t": 80},
        "policy": "priority",
    }
    found = read_arguments(json.dumps(old))
    assert (found.sources, found.rules, found.parameters) == (("raw",), (RecordedFile("r.py", "b" * 64),), {"r.t": 80})
    assert found.vote_sources == ()
    assert read_arguments("{}") == read_arguments("") == RunArguments()
