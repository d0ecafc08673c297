"""Look into a .keras file before Keras does: a model from somewhere else is a program, and some programs steal.

Refused are: what is no .keras archive, members beyond the three that Keras writes, sizes that cannot be meant, layers
that run code or open files, and weights that lie outside the file. Keras' own safe mode was got round several times
(CVE-2025-1550, -8747, -9906, -12058, CVE-2026-1669), so it is the second door here and not the only one.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from labelkit.domain.errors import BundleError
from labelkit.training.parameters import count_parameters
from labelkit.training.weights_file import MAX_BYTES, check_weights

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
"""What a .keras archive holds."""

MAX_CONFIG = 32_000_000
"""Bytes of config.json; the largest of keras.applications has under 2 million."""

MAX_RATIO = 200
"""Keras stores without compression; a tool that packs again gets weights to a half or so."""

PACKED = 2
"""Parameters that one stored number may stand for: quantised networks keep two in one byte."""

SPARE = 10_000
"""Parameters that need not be stored, for what is counted and then left out (a scale, a centre)."""

_HARMLESS = frozenset(
    f"keras.{name}"
    for name in (
        *("initializers", "regularizers", "constraints", "activations", "dtype_policies", "quantizers"),
        *("losses", "metrics", "optimizers", "optimizers.schedules"),  # of a model inside a model
        *("src.ops.numpy", "src.ops.nn", "src.ops.math", "src.ops.image", "src.ops.core"),
    )
)
"""Modules whose classes compute and do nothing else."""

_LAYERS = frozenset(
    name
    for line in (
        "Functional Model Sequential DTypePolicy InputLayer Activation Dense Conv1D Conv2D Conv3D DepthwiseConv1D",
        "DepthwiseConv2D SeparableConv1D SeparableConv2D Conv1DTranspose Conv2DTranspose EinsumDense Embedding",
        "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D",
        "AdaptiveMaxPooling2D AdaptiveAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D",
        "GlobalAveragePooling1D GlobalAveragePooling2D SpectralNormalization RMSNormalization Masking Identity",
        "BatchNormalization LayerNormalization GroupNormalization UnitNormalization Normalization",
        "Rescaling Resizing CenterCrop Dropout SpatialDropout1D SpatialDropout2D AlphaDropout",
        "GaussianDropout GaussianNoise ActivityRegularization ReLU LeakyReLU PReLU ELU Softmax Add Average Concatenate",
        "Dot Maximum Minimum Multiply Subtract Flatten Reshape Permute RepeatVector Cropping1D Cropping2D UpSampling1D",
        "UpSampling2D ZeroPadding1D ZeroPadding2D Attention AdditiveAttention MultiHeadAttention",
        "GroupQueryAttention RandomBrightness RandomContrast RandomCrop RandomFlip RandomHue RandomRotation",
        "RandomSaturation RandomTranslation RandomZoom RandomShear RandomSharpness RandomColorJitter RandomGrayscale",
        "RandomGaussianBlur RandomInvert RandomPosterization RandomErasing RandomPerspective RandomElasticTransform",
        "AutoContrast Equalization Solarization CutMix MixUp LayerScale StochasticDepth CustomScaleLayer",
    )
    for name in line.split()
)
"""Layers and models of Keras that neither run foreign code nor open files."""

_LAYER_MODULES = frozenset(
    [
        *("keras", "keras.layers", "keras.models", "keras.src.models.functional"),
        *("keras.src.applications.convnext", "keras.src.applications.inception_resnet_v2"),
    ]
)

_DATA = frozenset(
    ["__tuple__", "__tensor__", "__keras_tensor__", "__numpy__", "__bytes__", "__slice__", "__ellipsis__"]
)
"""Values that Keras writes as if they were classes."""

_FILES = frozenset(["vocabulary", "idf_weights", "filepath", "file_path", "path", "filename", "url"])
"""Arguments that some layer takes for the name of a file."""

REMEDY = "take models only from people you trust; save it again with model.save('model.keras') where it was made"


def check_model_file(path: Path) -> None:
    """Make sure that opening this file can do nothing but build a network.

    Args:
        path: a file that claims to be a .keras archive.

    Raises:
        BundleError: it is none, or holds what an image classifier has no use for; what and where is said.

    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive, path)
            config = archive.read(CONFIG)
        objects = _check_config(config, path)
        stored = check_weights(path, WEIGHTS)
        _check_parameters(objects, stored, path)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError, ValueError) as e:
        raise _refusal(path, f"this is no whole .keras archive ({_kind(path)}: {e})") from e


def _refusal(path: Path, why: str) -> BundleError:
    return BundleError(why, place=str(path), remedy=REMEDY)


def _kind(path: Path) -> str:
    """What the first bytes look like, for people who took another file."""
    try:
        with path.open("rb") as f:
            head = f.read(8)
    except OSError:
        return "unreadable"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "an HDF5 file of older Keras"
    if head[:1] == b"\x80":
        return "a pickle, which runs code when it is opened"
    return "a damaged archive" if head.startswith(b"PK") else "something else"


def _check_members(archive: zipfile.ZipFile, path: Path) -> None:
    members = archive.infolist()
    names = [m.filename for m in members]
    strange = sorted({n for n in names if n not in {CONFIG, METADATA, WEIGHTS}})
    if strange:
        raise _refusal(path, f"the archive holds {strange[0]!r}, which no image model of Keras has")
    if sorted(names) != sorted({CONFIG, METADATA, WEIGHTS}):
        raise _refusal(path, f"the archive should hold {CONFIG}, {METADATA} and {WEIGHTS}, each once")
    for m in members:
        limit = MAX_BYTES if m.filename == WEIGHTS else MAX_CONFIG
        if m.file_size > limit or m.file_size > MAX_RATIO * max(m.compress_size, 1_000):
            raise _refusal(path, f"{m.filename} would unpack {m.compress_size:,} bytes to {m.file_size:,}")


def _check_config(text: bytes, path: Path) -> Sequence[dict[str, object]]:
    """Every object of the config; raises BundleError where one of them may do more than compute."""
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise _refusal(path, f"{CONFIG} is no valid JSON") from e
    if not isinstance(config, dict):
        raise _refusal(path, f"{CONFIG} is no object")
    config.pop("compile_config", None)  # of the whole model: it is opened without its optimizer and loss
    objects = tuple(_objects(config))
    for name, module, where in _classes(objects):
        if not _known(name, module):
            told = f"{module}.{name}" if module else name
            raise _refusal(path, f"{where} is of the class {told}, which is not on the list of safe layers")
    for key, value in _file_arguments(objects):
        raise _refusal(path, f"an argument '{key}' names a file: {value[:80]!r}")
    return objects


def _check_parameters(objects: Sequence[dict[str, object]], stored: int, path: Path) -> None:
    """Refuse a text of a few bytes that would have Keras take more memory than the machine has."""
    try:
        wanted = count_parameters(objects)
    except ValueError as e:
        raise _refusal(path, str(e)) from e
    if wanted > PACKED * stored + SPARE:
        raise _refusal(path, f"its layers would have {wanted:,} parameters, but the file holds {stored:,} numbers")


def _known(name: str, module: str | None) -> bool:
    if name in _DATA:
        return module is None
    if module in _HARMLESS:
        return name.isidentifier() and name != "function"
    return module in _LAYER_MODULES and name in _LAYERS


def _objects(config: object) -> Iterator[dict[str, object]]:
    """Every object of the JSON, however deep, without recursion."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _classes(objects: Iterable[dict[str, object]]) -> Iterator[tuple[str, str | None, str]]:
    """(class, module, where) of everything that Keras would build."""
    for found in objects:
        name, module = found.get("class_name"), found.get("module")
        if name is None and module is None and "registered_name" not in found:
            continue
        inner = found.get("config")
        where = inner.get("name") if isinstance(inner, dict) else None
        registered = found.get("registered_name")
        if registered not in (None, name, "Functional"):
            yield str(registered), "registered as", str(where or name)
        yield str(name), None if module is None else str(module), str(where or name)


def _file_arguments(objects: Iterable[dict[str, object]]) -> Iterator[tuple[str, str]]:
    for found in objects:
        for key, value in found.items():
            if key in _FILES and isinstance(value, str) and value:
                yield key, value
