"""`evaluate`: a bundle and labeled images in, every figure of how good it is out, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import DataError, UsageError
from labelkit.domain.evaluation import Costs, Evaluation, Reversal
from labelkit.domain.groups import Grouping
from labelkit.flows.groups import GroupsWanted, find_groups
from labelkit.flows.run import Run


@dataclass(frozen=True, slots=True)
class _Asked:
    """What beside the figures is wanted."""

    costs: Costs | None
    allow_reversed: bool
    groups: GroupsWanted | None


def evaluate(
    bundle: str | Path,
    base_dir: str | Path,
    *,
    cost_escape: float | None = None,
    cost_overkill: float | None = None,
    allow_reversed: bool = False,
    group_by: str | None = None,
    metadata: Sequence[str | Path] = (),
    run: Run | None = None,
) -> Evaluation:
    """Judge a bundle on a labeled folder; classes are matched by name, and nothing is written.

    Args:
        bundle: a folder that `train` wrote, such as runs/latest.
        base_dir: the folder of class folders, or one whose ledger holds labels (`--mode none`).
        cost_escape: what one escape costs; with it the cheapest threshold is told. Needs a reject class.
        cost_overkill: what one overkill costs, in the same unit; 1 when only the other is given.
        allow_reversed: go on when the model ranks two classes the wrong way round.
        group_by: tell the figures of each group too, as `split` takes them: a column, a template, `day`.
        metadata: tables that have that column; left out: what the ledger keeps.
        run: progress and number of threads.

    Returns:
        the figures, by name.

    Raises:
        UsageError: no such bundle or folder, no labeled image, a class that the model does not know, bad costs,
            no such group.
        BundleError: the bundle is not whole or does not fit together.
        ImageError: an image cannot be decoded; its path is the place.
        DataError: two classes are ranked the wrong way round (p < 0.01), or the model gives no finite numbers.
        MissingExtraError: TensorFlow is not installed.

    """
    groups = None if group_by is None else GroupsWanted(group_by, tuple(Path(m) for m in metadata))
    asked = _Asked(_costs(cost_escape, cost_overkill), allow_reversed, groups)
    context = run or Run()
    from labelkit.training.loading import load_backend, require_packages

    load_backend("evaluating")
    require_packages("scipy")
    return _judged(str(bundle), str(base_dir), asked, context)


def _costs(of_escape: float | None, of_overkill: float | None) -> Costs | None:
    if of_escape is None and of_overkill is None:
        return None
    costs = Costs(1.0 if of_escape is None else of_escape, 1.0 if of_overkill is None else of_overkill)
    for name, value in (("--cost-escape", costs.escape), ("--cost-overkill", costs.overkill)):
        if not 0 < value < float("inf"):
            raise UsageError(f"{name} must be a number above 0, not {value:g}")
    return costs


def _judged(bundle: str, base_dir: str, asked: _Asked, run: Run) -> Evaluation:
    from labelkit.training.evaluate import Beside, ask, evaluation_of
    from labelkit.training.folder import labeled_as
    from labelkit.training.open_bundle import open_bundle

    began = run.now()
    opened = open_bundle(bundle)
    dataset = labeled_as(base_dir, opened.card.class_map)
    if asked.costs is not None:
        _check_costs(dataset)
    grouping = _grouping(base_dir, dataset, asked.groups, run)
    run.progress.start("evaluating", len(dataset))
    answers = ask(opened, dataset, threads=run.workers, advance=run.progress.advance)
    run.progress.finish()
    found = evaluation_of(answers, opened.card, Beside(asked.costs, grouping.group_of))
    if found.reversal is not None and not asked.allow_reversed:
        raise _reversed(found.reversal, base_dir)
    return replace(found, bundle=bundle, base_dir=base_dir, seconds=run.now() - began)


def _grouping(base_dir: str, dataset: Dataset, wanted: GroupsWanted | None, run: Run) -> Grouping:
    if wanted is None:
        return Grouping()
    grouping = find_groups(base_dir, [path for path, _ in dataset.samples], wanted)
    for line in (grouping.told(), *grouping.said):
        if line:
            run.progress.note(line)
    return grouping


def _check_costs(dataset: Dataset) -> None:
    """Costs speak of one reject class and one good class, with images of both."""
    class_map, counts = dataset.class_map, dataset.counts
    if class_map.reject is None:
        raise UsageError(
            f"costs speak of a reject class, and none of {', '.join(class_map.classes)} is known as one",
            remedy='train with reject = "NAME" in the settings; names such as NG, NOK, fail, defect are recognised',
        )
    goods = sum(n for name, n in counts.items() if name != class_map.reject)
    if not counts[class_map.reject] or not goods:
        raise UsageError("costs need images of the reject class and of another one", place=dataset.root)


def _reversed(reversal: Reversal, base_dir: str) -> DataError:
    order = ", ".join(f"index {i} = {name}" for i, name in enumerate(reversal.fitting))
    return DataError(
        str(reversal),
        place=base_dir,
        remedy=f"these folders would fit the model as {order}: look whether they are swapped; "
        "--allow-reversed shows the figures all the same",
    )
