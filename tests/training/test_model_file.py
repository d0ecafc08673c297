from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

import h5py
import numpy as np
import pytest

from labelkit.domain.errors import BundleError
from labelkit.training.model_file import _objects, check_model_file
from labelkit.training.parameters import count_parameters

CANARY = "canary.txt"


def layer(
    name: str, module: str | None = "keras.layers", built: object = (None, 4), **config: object
) -> dict[str, object]:
    said: dict[str, object] = {"module": module, "class_name": name, "registered_name": None}
    said["config"] = {"name": "one", **config}
    return {**said, "build_config": {"input_shape": built}} if built else said


def weights(fill: Callable[[h5py.File], object] | None = None) -> bytes:
    held = io.BytesIO()
    with h5py.File(held, "w") as f:
        f.create_group("layers/dense/vars").create_dataset("0", data=np.ones((4, 4), np.float32))
        if fill is not None:
            fill(f)
    return held.getvalue()


def archive(path: Path, *layers: object, data: bytes | None = None, more: dict[str, bytes] | None = None) -> Path:
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("metadata.json", "{}")
        out.writestr("config.json", json.dumps(config))
        out.writestr("model.weights.h5", weights() if data is None else data)
        for name, content in (more or {}).items():
            out.writestr(name, content)
    return path


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    (tmp_path / CANARY).write_text("untouched")
    return tmp_path / CANARY


def refusal(path: Path) -> str:
    with pytest.raises(BundleError) as caught:
        check_model_file(path)
    assert caught.value.exit_code == 3
    assert str(path) in caught.value.place
    return caught.value.message


def test_a_plain_network_passes(tmp_path: Path) -> None:
    check_model_file(archive(tmp_path / "m.keras", layer("Conv2D", filters=4), layer("Dense", units=1)))


@pytest.mark.parametrize(
    "bad",
    [
        layer("Lambda", function="print"),
        layer("TFSMLayer", filepath="saved_model"),
        layer("StringLookup", vocabulary="/etc/passwd"),
        layer("TextVectorization"),
        layer("Dense", module="os"),
        layer("system", module="subprocess"),
        layer("Dense", module="keras.src.utils.file_utils"),
        layer("function", module="builtins"),
        {"class_name": "__lambda__", "config": {"value": "AAAA"}},
        {"module": None, "class_name": "Mine", "config": {}, "registered_name": "Custom>Mine"},
        layer("Conv2D", kernel_initializer=layer("run", module="keras.utils")),
        layer("Dense", vocabulary="http://127.0.0.1/x"),
    ],
)
def test_layers_that_run_code_or_open_files_are_refused(tmp_path: Path, bad: dict[str, object]) -> None:
    told = refusal(archive(tmp_path / "m.keras", layer("Dense"), layer("Flatten"), bad))
    assert "not on the list of safe layers" in told or "names a file" in told


@pytest.mark.parametrize("name", ["../escaped.txt", "/absolute.txt", "assets/vocabulary.txt", "x/../../y"])
def test_members_that_have_no_business_there(tmp_path: Path, name: str) -> None:
    assert "which no image model of Keras has" in refusal(archive(tmp_path / "m.keras", more={name: b"x"}))
    assert {p.name for p in tmp_path.iterdir()} == {"m.keras"}


def test_weights_that_lie_elsewhere(tmp_path: Path, canary: Path) -> None:
    def linked(f: h5py.File) -> None:
        f["secret"] = h5py.ExternalLink(str(canary), "/")

    def soft(f: h5py.File) -> None:
        f["secret"] = h5py.SoftLink("/layers")

    def outside(f: h5py.File) -> None:
        f.create_dataset("secret", (9,), "u1", external=[(str(canary), 0, 9)])

    def virtual(f: h5py.File) -> None:
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource(str(canary), "x", (4,))
        f.create_virtual_dataset("secret", layout)

    def texts(f: h5py.File) -> None:
        f.create_dataset("secret", data=["a", "b"], dtype=h5py.string_dtype())

    def huge(f: h5py.File) -> None:
        f.create_dataset("secret", (1_000_000, 1_000_000), "f4", chunks=(1000, 1000))

    for i, fill in enumerate((linked, soft, outside, virtual, texts, huge)):
        assert "'secret'" in refusal(archive(tmp_path / f"{i}.keras", data=weights(fill)))
    assert canary.read_text() == "untouched"


def test_sizes_that_cannot_be_meant(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.keras"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("metadata.json", "{}")
        out.writestr("config.json", "{}")
        with out.open("model.weights.h5", "w", force_zip64=True) as member:
            for _ in range(60):
                member.write(bytes(1_000_000))
    assert bomb.stat().st_size < 1_000_000
    assert "would unpack" in refusal(bomb)


class Thief:
    """Unpickling it would change the canary."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[[Path, str], int], tuple[Path, str]]:
        return Path.write_text, (self.canary, "stolen")


def test_other_files_are_told_by_their_kind(tmp_path: Path, canary: Path) -> None:
    whole = archive(tmp_path / "whole.keras").read_bytes()
    kinds = {
        "runs code when it is opened": pickle.dumps(Thief(canary)),
        "an HDF5 file of older Keras": weights(),
        "a damaged archive": whole[: len(whole) // 2],
        "something else": b"not a model",
    }
    for told, content in kinds.items():
        path = tmp_path / "m.keras"
        path.write_bytes(content)
        assert told in refusal(path)
    damaged = archive(tmp_path / "cut.keras", data=weights()[:-100])
    assert "the weights cannot be read" in refusal(damaged)
    deep = archive(tmp_path / "deep.keras")
    with zipfile.ZipFile(deep, "w") as out:
        out.writestr("metadata.json", "{}")
        out.writestr("config.json", "[" * 200_000 + "]" * 200_000)
        out.writestr("model.weights.h5", weights())
    assert "no valid JSON" in refusal(deep)
    assert canary.read_text() == "untouched"


@pytest.mark.parametrize(
    "bad",
    [
        [layer("Dense", units=10**6), layer("Dense", built=(None, 10**6), units=10**6, use_bias=False)],
        [layer("Conv2D", built=(None, 8, 8, 10**5), filters=10**5, kernel_size=[3, 3])],
        [layer("Conv2D", built=(None, 10**5, 8, 8), filters=10**5, kernel_size=3, data_format="channels_first")],
        [layer("DepthwiseConv2D", built=(None, 8, 8, 10**4), depth_multiplier=10**5, kernel_size=[1, 1])],
        [layer("SeparableConv2D", built=(None, 8, 8, 3), filters=10**9, kernel_size=[1, 1])],
        [layer("Embedding", input_dim=10**9, output_dim=10**3)],
        [layer("EinsumDense", built=(None, 9, 10**6), equation="abc,cd->abd", output_shape=[None, 10**6])],
        [layer("EinsumDense", built=(None, 9, 10**6), equation="...c,cd->...d", output_shape=10**6)],
        [layer("PReLU", built=(None, 10**5, 10**5, 64))],
        [layer("LayerNormalization", built=(None, 10**5, 10**5, 3), axis=[1, 2, 3])],
        [layer("Dense", units=4, lora_rank=10**9)],
        [layer("Dense", units=-(10**9)), layer("Dense", units=10**9)],
        [layer("Dense", units=10**4000)],
        [layer("SpectralNormalization", layer=layer("Dense", units=10**9))],
        [layer("Sequential", module="keras", layers=[layer("Dense", units=10**9)])],
    ],
)
def test_a_short_text_that_asks_for_more_than_any_file_holds(bad: list[dict[str, object]]) -> None:
    before = process_time()
    assert count_parameters(_objects(json.loads(json.dumps(bad)))) > 10**9 - 1
    assert process_time() - before < 0.5


def test_more_parameters_than_the_file_holds_are_refused(tmp_path: Path) -> None:
    wide = [layer("Dense", units=10**6), layer("Dense", built=(None, 10**6), units=10**6, use_bias=False)]
    told = refusal(archive(tmp_path / "m.keras", *wide))
    assert told == "its layers would have 1,000,004,000,000 parameters, but the file holds 16 numbers"


def test_a_layer_that_does_not_say_what_it_was_built_for(tmp_path: Path) -> None:
    told = refusal(archive(tmp_path / "m.keras", layer("Dense", built=None, units=10**9)))
    assert told == "the layer one (Dense) does not say what shape it was built for"


def test_weights_that_claim_more_than_a_machine_has(tmp_path: Path) -> None:
    def claims(f: h5py.File) -> None:
        for i in range(5):
            f.create_dataset(f"{i}", (225_000_000,), "f4", chunks=(250_000,))[:250_000] = 1

    path = archive(tmp_path / "m.keras", data=weights(claims))
    assert path.stat().st_size < 6_000_000
    assert "they come to more than 4,000,000,000 bytes" in refusal(path)


def test_what_keras_saves_has_as_many_parameters_as_are_counted() -> None:
    from labelkit.training.backend import keras

    layers, pixels = keras.layers, keras.Input((8, 8, 3))
    words = layers.Reshape((64, 3))(pixels)
    made = {
        "whole": [
            layers.Dense(5, use_bias=False)(pixels),
            layers.Conv2D(6, (3, 5), use_bias=False)(pixels),
            layers.Conv2DTranspose(6, 3, use_bias=False)(pixels),
            layers.Conv2D(6, 3, groups=3, use_bias=False)(pixels),
            layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)(pixels),
            layers.SeparableConv2D(4, 3, use_bias=False)(pixels),
            layers.Conv1D(3, 2, use_bias=False)(words),
            layers.MultiHeadAttention(2, 4, use_bias=False)(words, words),
            layers.EinsumDense("abc,cd->abd", output_shape=(None, 8))(words),
            layers.EinsumDense("...c,cd->...d", output_shape=8)(words),
            layers.Embedding(10, 4)(layers.Flatten()(pixels)),
            layers.PReLU()(pixels),
            layers.PReLU(shared_axes=[1, 2])(pixels),
            layers.LayerNormalization(axis=[1, 2, 3], center=False)(pixels),
        ],
        "part": [
            layers.BatchNormalization()(pixels),
            layers.GroupNormalization(3)(pixels),
            layers.SpectralNormalization(layers.Conv2D(4, 3))(pixels),
            layers.GroupQueryAttention(4, 4, 2)(words, words),
        ],
    }
    for kind, outputs in made.items():
        for output in outputs:
            model = keras.Model(pixels, output)
            counted = count_parameters(_objects(json.loads(model.to_json())))
            assert counted > 0
            assert counted == model.count_params() if kind == "whole" else counted <= model.count_params(), output.name
