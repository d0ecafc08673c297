"""The near-duplicates of an audit: hashes nominate, the pixels of thumbnails decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest

from labelkit.domain.facts import ImageFacts
from labelkit.domain.near import Cut, NearDuplicates, NearPair, Nominee, Turn
from labelkit.domain.shots import Shot, ShotLook
from labelkit.domain.thumbnails import Thumbnails
from labelkit.flows.audit_shots import AuditShots

_AT_ONCE = 8192
"""Pictures that are held at once: 57 MB."""

_SHAPES = 1.03
"""By what the shapes (width by height) of two copies may differ: small ones are rounded to whole pixels."""


def find_near(facts: Mapping[str, ImageFacts], thumbnails: Thumbnails, shots: AuditShots) -> NearDuplicates:
    """The near-duplicates among all images whose pixels could be judged; the same for any order of the files.

    Where the set shows one scene again and again, the noise of the most similar pairs is looked at as well: what is
    proved to be one shot is a near-duplicate however far its pixels are, and another shot is none however near.
    """
    from labelkit.auditing.near_sets import cut_of, drawn_groups, drawn_pairs, hashes_of, nominees, sets_of
    from labelkit.auditing.shots import PAIRS

    files = _contents(facts)
    paths = sorted(files)
    hashes = hashes_of(facts[path] for path in paths)
    found, search = nominees(paths, hashes)
    found = [pair for pair in found if _one_shape(facts[pair.first], facts[pair.second], pair)]
    if not found:
        return NearDuplicates(
            unseen=search.unseen, crowded=search.crowded, reach=search.reach, cut=cut_of([], len(paths))
        )
    random = list(_Compared().judged(_named(paths, drawn_pairs(hashes)), thumbnails))
    cut = cut_of([pair.distance for pair in random], len(paths))
    compared = _Compared()
    close, beyond = _parted(compared.judged(found, thumbnails), cut)
    told, look = close, ShotLook()
    if cut.fixed_camera and (close or beyond):
        scene = sorted({path for pair in random for path in _ends(pair)})
        groups = [_named(paths, group) for group in drawn_groups(hashes, PAIRS)]
        compared_too = _Compared().judged([pair for group in groups for pair in group], thumbnails)
        told, look = shots.judged([*close, *beyond], _unlike(groups, list(compared_too), found, cut), scene)
    near = tuple(p for p in told if p.shot is Shot.SAME or (p.distance <= cut.distance and p.shot is not Shot.OTHER))
    return NearDuplicates(
        pairs=near,
        sets=sets_of(near, files),
        cut=cut,
        nominated=len(found),
        unseen=search.unseen,
        crowded=search.crowded,
        reach=search.reach,
        plain=len(compared.plain),
        missing=len(compared.missing),
        others=tuple(p for p in told if p.shot is Shot.OTHER and p.distance <= cut.distance),
        shots=look,
    )


def _parted(pairs: Iterable[NearPair], cut: Cut) -> tuple[list[NearPair], list[NearPair]]:
    """The pairs within the cut, and the nearest of those beyond that noise may still prove to be copies."""
    from labelkit.auditing.near_sets import GUARD
    from labelkit.auditing.shots import MOST

    close: list[NearPair] = []
    beyond: list[NearPair] = []
    for pair in pairs:
        if pair.distance <= cut.distance:
            close.append(pair)
        elif pair.distance <= GUARD and cut.fixed_camera:
            beyond.append(pair)
            if len(beyond) > 4 * MOST:
                beyond = nsmallest(MOST, beyond, key=_by_distance)
    return close, nsmallest(MOST, beyond, key=_by_distance)


def _by_distance(pair: NearPair) -> tuple[float, str, str]:
    return pair.distance, pair.first, pair.second


def _named(paths: Sequence[str], pairs: Iterable[tuple[int, int]]) -> list[Nominee]:
    return [Nominee(paths[i], paths[j], 0) for i, j in pairs]


def _unlike(
    groups: Sequence[Sequence[Nominee]], random: Sequence[NearPair], found: Sequence[Nominee], cut: Cut
) -> list[list[NearPair]]:
    """Random pairs of one scene that are no copies: not nominated, or (where most are) beyond the cut; in their groups.

    Args:
        groups: the pairs that were drawn.
        random: those of them that could be compared.
        found: pairs that were nominated.
        cut: up to which pictures are the same.

    """
    judged = {_ends(pair): pair for pair in random}
    apart = judged.keys() - {_ends(pair) for pair in found}
    if 2 * len(apart) < len(judged):
        apart = {ends for ends, pair in judged.items() if pair.distance > cut.distance}
    return [[judged[_ends(pair)] for pair in group if _ends(pair) in apart] for group in groups]


def _ends(pair: Nominee | NearPair) -> tuple[str, str]:
    return pair.first, pair.second


def _contents(facts: Mapping[str, ImageFacts]) -> dict[str, list[str]]:
    """The first path of each content to all its paths, of images whose pixels could be judged."""
    first: dict[str, str] = {}
    files: dict[str, list[str]] = {}
    for path in sorted(facts):
        fact = facts[path]
        if fact.readable and fact.pixels is not None:
            files.setdefault(first.setdefault(fact.sha256, path), []).append(path)
    return files


def _one_shape(one: ImageFacts, other: ImageFacts, pair: Nominee) -> bool:
    wide, high = _upright(one)
    wide_other, high_other = _upright(other)
    if pair.turn in {Turn.TRANSPOSED, Turn.QUARTER_LEFT, Turn.QUARTER_RIGHT, Turn.TRANSVERSE}:
        wide_other, high_other = high_other, wide_other
    across, along = wide * high_other, high * wide_other
    return max(across, along) <= _SHAPES * min(across, along)


def _upright(fact: ImageFacts) -> tuple[int, int]:
    """Width and height as it is seen; EXIF orientations from 5 on lay the image on its side."""
    return (fact.height, fact.width) if fact.orientation >= 5 else (fact.width, fact.height)  # noqa: PLR2004 - EXIF 2.32, 4.6.4


class _Compared:
    """Pairs and the distances of their pixels; which pictures could not be compared."""

    def __init__(self) -> None:
        self.plain: set[str] = set()
        self.missing: set[str] = set()

    def judged(self, pairs: Sequence[Nominee], thumbnails: Thumbnails) -> Iterator[NearPair]:
        """Each pair that can be judged, with its distance; pictures are fetched for some thousand at a time."""
        from labelkit.imaging.likeness import distance, picture_of

        for batch in _batches(pairs):
            wanted = sorted({path for pair in batch for path in (pair.first, pair.second)})
            pictures = {path: picture_of(data) for path, data in thumbnails.pictures(wanted)}
            self.missing |= {path for path, picture in pictures.items() if picture is None}
            self.plain |= {path for path, picture in pictures.items() if picture is not None and picture.is_plain}
            for pair in batch:
                one, other = pictures[pair.first], pictures[pair.second]
                if one is not None and other is not None and not {pair.first, pair.second} & self.plain:
                    apart = distance(one, other, pair.turn)
                    yield NearPair(pair.first, pair.second, pair.bits, pair.turn, apart)


def _batches(pairs: Sequence[Nominee]) -> Iterator[list[Nominee]]:
    """Pairs in order, as many at a time as need not more than `_AT_ONCE` pictures."""
    batch: list[Nominee] = []
    held: set[str] = set()
    for pair in pairs:
        if len(held | {pair.first, pair.second}) > _AT_ONCE:
            yield batch
            batch, held = [], set()
        batch.append(pair)
        held |= {pair.first, pair.second}
    if batch:
        yield batch
