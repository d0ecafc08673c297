"""Judge a folder of classes: what each loader will see of it, and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from labelkit.auditing.baseline import hold_against
from labelkit.auditing.catalog import Choice
from labelkit.auditing.evidence import Evidence, by_class, look
from labelkit.domain.audit import AuditReport
from labelkit.domain.facts import ImageFacts
from labelkit.domain.groups import GroupSource
from labelkit.domain.parts import Part, find_parts, without_own_files
from labelkit.domain.recipe import LABELKIT_V1, Recipe
from labelkit.engines.choose import SharedWorkers
from labelkit.flows.audit_cache import fact_cache
from labelkit.flows.audit_decoders import try_decoders
from labelkit.flows.audit_facts import gather_facts
from labelkit.flows.audit_kept import judged
from labelkit.flows.audit_model import Labeled, ask_model, model_wanted, suspects_of
from labelkit.flows.audit_options import Order, chosen_loaders, class_map_of, gate_level, share_of, size_of
from labelkit.flows.audit_pack import wanted_pack
from labelkit.flows.audit_report import report_of
from labelkit.flows.audit_shots import AuditShots
from labelkit.flows.audit_thumbnails import AuditThumbnails
from labelkit.flows.groups import GroupsWanted, find_groups
from labelkit.flows.run import Run
from labelkit.storage import recorded
from labelkit.storage.baseline_file import read_baseline
from labelkit.storage.facts_file import read_facts
from labelkit.storage.half_done import half_done
from labelkit.storage.split_record import latest_parts, recorded_split
from labelkit.storage.walk import walk


def audit(  # noqa: PLR0913 - the public API: its options are keywords, one a line
    base_dir: str | os.PathLike[str],
    *,
    validation_split: float = 0.2,
    loader: str | None = None,
    fail_on: str = "error",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    classes: Sequence[str] | None = None,
    positive: str | None = None,
    reject: str | None = None,
    meaning: Mapping[str, str] | None = None,
    parts: bool = True,
    jobs: int = 0,
    severity: Mapping[str, str] | None = None,
    image_size: tuple[int, int] = (80, 80),
    group_by: str | None = None,
    metadata: Sequence[str | os.PathLike[str]] = (),
    baseline: str | os.PathLike[str] | None = None,
    against: str | os.PathLike[str] | None = None,
    decoders: bool = False,
    model: str | os.PathLike[str] | None = None,
    cache: bool = True,
    pack: bool | None = None,
    recipe: str | Recipe = LABELKIT_V1,
    run: Run | None = None,
) -> AuditReport:
    """Walk a folder, decode every image in full, and judge it; nothing is written into it.

    Args:
        base_dir: the folder of class folders, or of the parts train, validation and test.
        validation_split: the share, 0 to 1 (1 excluded), that `flow_from_directory` would be given.
        loader: look through this loader only: one of `LOADER_TITLES`.
        fail_on: where the gate stands: error, warning or never.
        select: names of the checks to run; none for all.
        ignore: names of checks to leave out.
        classes: the declared order, index 0 first; must name every class folder.
        positive: the class to stand at index 1 of two.
        reject: the class that means a rejected part; recognised by its name when left out.
        meaning: what class names mean, as `{"60": "NG"}`.
        parts: whether folders called train, val or test that hold class folders are parts of one dataset.
        jobs: worker processes; 0 for one per core. `run` beats it.
        severity: check name to the severity of all its findings.
        image_size: (height, width) that training would shrink the images to.
        group_by: what keeps images together: a column of `metadata` or the ledger, a template or regular expression
            over paths, or "none"; left out, it is guessed and said.
        metadata: tables of the line.
        baseline: a file of accepted findings, as `write_baseline` writes it; only others count at the gate.
        against: the facts of an older audit, as `--facts` writes them: drift is measured against them.
        decoders: decode a sample by Pillow and by TensorFlow and compare, which takes some seconds; so does naming the
            check `decoders` in `select`.
        model: a bundle that `train` wrote: images whose label it contradicts are found (check `label`).
        cache: whether facts are looked for, and kept, in the user's cache folder; False reads and decodes all anew.
        pack: keep the images' pixels at `image_size` in the cache folder too, up to 1 GB, so that the first epoch of a
            training decodes nothing; left out: where Keras is installed and `labelkit sort` filled the folder.
        recipe: how bytes become these pixels.
        run: the context of a run; left out, a silent one is made.

    Returns:
        the report; an image that cannot be read is a finding in it.

    Raises:
        UsageError: no such folder, or an argument that names nothing.
        DataError: facts of an older audit that cannot be believed, or a model that cannot be asked.
        MissingExtraError: `model` is given, and Keras is not installed.
        StorageError: the folder itself cannot be read.

    """
    context = run or Run(jobs=jobs)
    began = context.now()
    choice = Choice(select, ignore, severity)
    choice.check_names()
    known = None if baseline is None else read_baseline(Path(baseline))
    earlier = None if against is None else read_facts(Path(against), os.fspath(base_dir))
    wanted_model = model_wanted(model, choice)
    loaders = chosen_loaders(loader)
    gate_at, size = gate_level(fail_on), size_of(image_size)
    _tell_half(os.fspath(base_dir), context)
    originals = recorded.originals(base_dir)
    tree = recorded.as_placed(base_dir, originals) if originals else without_own_files(walk(Path(base_dir)))
    elsewhere = {i.path: i.where for i in originals or ()}
    found = find_parts(tree) if parts else [Part()]
    seen = look(tree, found, validation_split=share_of(validation_split), loaders=loaders)
    order = Order(classes, recorded.recorded_classes(base_dir), positive, reject, meaning)
    class_map = class_map_of(seen, order)
    with closing(SharedWorkers(context.workers)) as crew:
        with fact_cache(context, wanted=cache) as kept:
            pixels = wanted_pack(base_dir, asked=pack, recipe=recipe, size=size)
            facts = gather_facts(tree, seen, context, elsewhere=elsewhere, cache=kept, crew=crew, pack=pixels)
        thumbnails = AuditThumbnails(tree.root, facts, elsewhere, context, cache)
        groups = find_groups(base_dir, sorted(facts), GroupsWanted(group_by, tuple(Path(m) for m in metadata)))
        images = by_class(seen, class_map.classes)
        evidence = Evidence(
            tree=tree,
            parts=seen,
            class_map=class_map,
            images=images,
            facts=facts,
            validation_split=validation_split,
            loader=loader,
            image_size=size,
            group_of=groups.group_of,
            columns=groups.columns,
            group_note="; ".join(groups.said) if groups.source is GroupSource.GUESS else "",
            split_of=_split_of(base_dir, facts, elsewhere),
            earlier=earlier,
            decoders=try_decoders(
                facts, tree.root, elsewhere, context, wanted=choice.asks_for("decoders", said=decoders)
            ),
            opinion=ask_model(wanted_model, Labeled(images, facts, tree.root, elsewhere), context),
        )
        shots = AuditShots(tree.root, facts, elsewhere, context, crew)
        findings, checks = judged(evidence, choice, thumbnails, context, shots=shots, cached=cache)
    report = report_of(str(base_dir), evidence, findings, gate_at, context.now() - began)
    suspects = suspects_of(evidence, elsewhere)
    report = replace(report, originals=bool(originals), thumbnails=thumbnails, checks=checks, suspects=suspects)
    return report if known is None else hold_against(report, known)


def _split_of(
    base_dir: str | os.PathLike[str], facts: Mapping[str, ImageFacts], elsewhere: Mapping[str, str]
) -> dict[str, str]:
    """The recorded part of each image that the split knows by name and content."""
    known = latest_parts(recorded_split(Path(base_dir)))
    by_content = {a.sha256: a.part for a in known.values()}
    found = {path: by_content.get(fact.sha256, "") for path, fact in facts.items()}
    at_path = {path: known.get(elsewhere.get(path, path)) for path in facts}
    return {path: part for path, part in found.items() if part and at_path[path] is not None}


def _tell_half(base_dir: str, run: Run) -> None:
    why = half_done(base_dir)
    if why:
        run.progress.note(f"{base_dir}: {why}: what follows is about half a set; let the sort end, or run it again")
