"""The two Keras loaders as an audit tells them, held against Keras itself: every file, its order, every index."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelkit.auditing.loaders.flow_from_directory import flow_from_directory
from labelkit.auditing.loaders.image_dataset_from_directory import image_dataset_from_directory
from labelkit.domain.loaders import LoaderView
from labelkit.storage.walk import walk

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

pytestmark = pytest.mark.filterwarnings("ignore:Using ..tiff. files with multiple bands:UserWarning")  # Keras' own


@dataclass(frozen=True)
class KerasReading:
    """What Keras says of a folder: its files in order, their indices, the table of classes."""

    files: list[str]
    labels: list[int]
    class_indices: dict[str, int]


@pytest.fixture(scope="module")
def image_module() -> ModuleType:
    from tensorflow.keras.preprocessing import image

    module: ModuleType = image
    return module


def keras_generator(image: ModuleType, root: Path, split: float, subset: str | None) -> KerasReading:
    generator = image.ImageDataGenerator(rescale=1 / 255, validation_split=split)
    it = generator.flow_from_directory(
        str(root), target_size=(80, 80), batch_size=32, class_mode="sparse", subset=subset, shuffle=False
    )
    assert it.samples == len(it.filenames)
    return KerasReading(list(it.filenames), [int(i) for i in it.classes], dict(it.class_indices))


def keras_dataset(root: Path) -> KerasReading:
    from keras.src.utils.dataset_utils import index_directory
    from keras.src.utils.image_dataset_utils import ALLOWLIST_FORMATS

    paths, labels, names = index_directory(str(root), "inferred", ALLOWLIST_FORMATS, shuffle=False, verbose=False)
    relative = [os.path.relpath(path, root) for path in paths]
    return KerasReading(relative, [int(i) for i in labels], {name: i for i, name in enumerate(names)})


def reading(view: LoaderView) -> KerasReading:
    return KerasReading(list(view.files), list(view.labels), view.class_indices)


def subset(view: LoaderView, paths: tuple[str, ...] | None) -> KerasReading:
    assert paths is not None
    label = dict(zip(view.files, view.labels, strict=True))
    return KerasReading(list(paths), [label[path] for path in paths], view.class_indices)


def check(image: ModuleType, root: Path, split: float) -> None:
    tree = walk(root)
    ours = flow_from_directory(tree, split)
    assert reading(ours) == keras_generator(image, root, split, None)
    assert subset(ours, ours.training) == keras_generator(image, root, split, "training")
    if split:
        assert subset(ours, ours.validation) == keras_generator(image, root, split, "validation")
    assert ours.counts() == counted(keras_generator(image, root, split, None))
    assert reading(image_dataset_from_directory(tree, split)) == keras_dataset(root)


def counted(seen: KerasReading) -> dict[str, int]:
    return {name: seen.labels.count(index) for name, index in seen.class_indices.items()}


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (("GO", "NG"), ("GO", "NG")),
        (("OK", "NG"), ("NG", "OK")),
        (("60", "100"), ("100", "60")),
        (("60", "80", "100"), ("100", "60", "80")),
        (("060", "100"), ("060", "100")),
        (("go", "NG"), ("NG", "go")),
        (("pass", "FAIL", "Pass"), ("FAIL", "Pass", "pass")),
        (("良", "不良"), ("不良", "良")),
        (("éa", "Äb", "Zebra", "apple"), ("Zebra", "apple", "Äb", "éa")),
        (("e\u0301", "\u00e9"), ("e\u0301", "\u00e9")),
        ((" lead", "_under", ".hidden", "9", "10"), (" lead", ".hidden", "10", "9", "_under")),
    ],
)
def test_class_tables(
    tmp_path: Path, image_module: ModuleType, classes: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    for n, name in enumerate(classes):
        (tmp_path / name).mkdir()
        for i in range(4 + 3 * n):
            (tmp_path / name / f"i{i}.png").touch()
    check(image_module, tmp_path, 0.2)
    view = flow_from_directory(walk(tmp_path), 0.2)
    assert view.classes == expected


@pytest.mark.parametrize(("images", "split", "held_out"), [(100, 0.29, 28), (100, 0.57, 56), (4, 0.2, 0), (10, 0.5, 5)])
def test_split_rounds_as_keras_does(
    tmp_path: Path, image_module: ModuleType, images: int, split: float, held_out: int
) -> None:
    (tmp_path / "GO").mkdir()
    for i in range(images):
        (tmp_path / "GO" / f"{i}.jpg").touch()
    check(image_module, tmp_path, split)
    assert len(flow_from_directory(walk(tmp_path), split).validation or ()) == held_out


def test_link_to_the_root_itself(tmp_path: Path, image_module: ModuleType) -> None:
    (tmp_path / "GO").mkdir()
    (tmp_path / "GO" / "a.png").touch()
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    check(image_module, tmp_path, 0.2)
    assert flow_from_directory(walk(tmp_path), 0.2).files == ("GO/a.png", "again/GO/a.png")


FOLDERS = ["GO", "NG", "go", "60", "100", ".git", ".ipynb_checkpoints", "EMPTY", "a b", "a", "a-b", "éa", "__x", "sub"]
FILES = [
    *("i1.png", "i10.png", "i2.png", "I3.PNG", "a.jpg", "b.JPG", "c.jpeg", "d.bmp", "e.webp", "f.tif", "g.TIFF"),
    *("h.gif", "._x.jpg", ".hidden.png", "notes_jpg", "noextpng", "jpg", "readme.txt", "j.ppm", "k.jfif", ".jpg"),
]
LINKS = ["linked", "l.png", "l.gif", "GO", "zlink", ".link"]

folders = st.lists(st.sampled_from(FOLDERS), max_size=3)
targets = st.lists(st.sampled_from(["GO", "NG", "sub", "a", ".git", "i1.png", "nowhere"]), max_size=2)
entries = (
    st.tuples(folders, st.none(), st.none())
    | st.tuples(folders, st.sampled_from(FILES), st.none())
    | st.tuples(folders, st.sampled_from(LINKS), targets)
)
"""A folder; a file in a folder; a link in a folder, with the steps below the root that it leads to (or nothing)."""

Entry = tuple[list[str], str | None, list[str] | None]


def build(root: Path, drawn: list[Entry]) -> None:
    for steps, name, target in [(["GO"], "i1.png", None), (["NG", "sub"], "i1.png", None), *drawn]:
        folder = root.joinpath(*steps)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if name is not None and target is None:
                (folder / name).touch(exist_ok=True)
            elif name is not None and target is not None:
                (folder / name).symlink_to(root.joinpath(*target))
        except OSError:
            continue  # a file where a folder was wanted, or a link that stands already


@settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(entries, max_size=25), split=st.sampled_from([0.0, 0.2, 0.29, 0.5]))
def test_any_tree(image_module: ModuleType, drawn: list[Entry], split: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        build(root, drawn)
        check(image_module, root, split)
