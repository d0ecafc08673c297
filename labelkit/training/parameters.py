"""Count the parameters that a model's config asks for, without building anything: a short text can ask for 100 GB."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Config = Mapping[str, object]

_HUGE = 10**15
"""Any number beyond is taken for this one: it is more than any file holds, and quick to multiply."""

_LONGEST = 16
"""So many sizes or axes are looked at; Keras' own lists are shorter."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a config.json: its settings, and the shapes that it was built for.

    Attributes:
        name: its own, else its class's.
        config: its settings.
        shapes: of what it takes, by what Keras calls them; 0 stands for any number.

    """

    name: str
    config: Config
    shapes: Mapping[str, Sequence[int]]

    def number(self, key: str, default: int = 1) -> int:
        """A setting that is a number of things."""
        return _whole(self.config.get(key), default)

    def channels(self, shape: str = "input_shape") -> int:
        """How many channels it takes."""
        first = self.config.get("data_format") == "channels_first"
        return self.shapes[shape][1 if first else -1]

    def kernel(self) -> int:
        """Elements of a window over the picture, one channel; one number stands for one dimension here."""
        size = self.config.get("kernel_size")
        return math.prod(_whole(n, 1) for n in _few(size))

    def along(self, key: str) -> int:
        """Elements along the axes that a setting names; the last one where it names none."""
        shape, axes = self.shapes["input_shape"], self.config.get(key)
        named = [axis if isinstance(axis, int) else -1 for axis in _few(axes)]
        return math.prod(max(1, shape[axis]) for axis in named)


def count_parameters(objects: Iterable[Mapping[str, object]]) -> int:
    """The least number of parameters that the layers among these objects come to; biases of attention are left out.

    Args:
        objects: every object of a config.json.

    Raises:
        ValueError: a layer with weights does not say what shape it was built for, or says what no shape is.

    """
    return sum(_parameters(found) for found in objects if found.get("class_name") in _COUNTS)


def _parameters(found: Mapping[str, object]) -> int:
    kind, config, built = str(found["class_name"]), found.get("config"), found.get("build_config")
    if not isinstance(config, dict):
        return 0
    layer = Layer(str(config.get("name") or kind), config, dict(_shapes(built)))
    try:
        return _COUNTS[kind](layer)
    except (KeyError, IndexError) as e:
        raise ValueError(f"the layer {layer.name} ({kind}) does not say what shape it was built for") from e


def _shapes(built: object) -> Iterator[tuple[str, Sequence[int]]]:
    waiting = [built]
    while waiting:
        value = waiting.pop()
        for key, inner in value.items() if isinstance(value, dict) else ():
            if isinstance(inner, dict):
                waiting.append(inner)
            elif isinstance(inner, list) and all(n is None or isinstance(n, int) for n in inner):
                yield key, [_whole(n, 0) for n in _few(inner)]


def _few(value: object) -> Sequence[object]:
    """A list, as far as sizes and axes go on; anything else as a list of itself."""
    return value[:_LONGEST] if isinstance(value, list) else [value]


def _whole(value: object, default: int) -> int:
    return min(abs(value), _HUGE) if isinstance(value, int) else default


def _dense(of: Layer) -> int:
    taken, units = of.shapes["input_shape"][-1], of.number("units")
    return taken * units + of.number("lora_rank", 0) * (taken + units)


def _convolution(of: Layer) -> int:
    filters = of.number("filters")
    taken = of.channels() // max(1, of.number("groups"))
    return of.kernel() * taken * filters + of.number("lora_rank", 0) * (of.kernel() * taken + filters)


def _by_channel(of: Layer) -> int:
    each = of.number("depth_multiplier") * of.channels()
    return of.kernel() * each + each * of.number("filters", 0)


def _embedding(of: Layer) -> int:
    entries, width = of.number("input_dim"), of.number("output_dim")
    return entries * width + of.number("lora_rank", 0) * (entries + width)


def _attention(of: Layer) -> int:
    asked, answered = of.shapes["query_shape"][-1], of.shapes["value_shape"][-1]
    heads, key = of.number("num_heads"), of.number("key_dim")
    value = of.number("value_dim", key)
    given = of.config.get("output_shape")
    made = asked if given is None else math.prod(max(1, _whole(n, 1)) for n in _few(given))
    return heads * ((asked + answered) * key + answered * value + value * made)


def _grouped_attention(of: Layer) -> int:
    asked, answered = of.shapes["query_shape"][-1], of.shapes["value_shape"][-1]
    size = of.number("head_dim")
    return size * (2 * asked * of.number("num_query_heads") + 2 * answered * of.number("num_key_value_heads"))


def _einsum(of: Layer) -> int:
    """Elements of the second operand: each of its letters stands for a size of the input or of the output."""
    inputs, _, output = str(of.config.get("equation")).partition("->")
    taken, _, kernel = inputs.partition(",")
    given = [_whole(n, 0) for n in _few(of.config.get("output_shape"))]
    sizes = {}
    for letters, shape in ((output, [0, *given]), (taken, _input(of))):
        ends = letters.replace("...", "")[::-1]  # sizes are told apart from the end: what "..." stands for is in front
        sizes.update({c: n for c, n in zip(ends, reversed(shape), strict=False) if n})
    return math.prod(sizes.get(c, 1) for c in kernel[:_LONGEST])


def _input(of: Layer) -> Sequence[int]:
    return of.shapes["input_shape"]


def _slopes(of: Layer) -> int:
    shared = of.config.get("shared_axes")
    return math.prod(max(1, n) for axis, n in enumerate(_input(of)) if axis and axis not in _few(shared))


_COUNTS: Mapping[str, Callable[[Layer], int]] = {
    "Dense": _dense,
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose"), _convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"), _by_channel),
    "EinsumDense": _einsum,
    "Embedding": _embedding,
    "MultiHeadAttention": _attention,
    "GroupQueryAttention": _grouped_attention,
    "PReLU": _slopes,
    **dict.fromkeys(
        ("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization"),
        lambda of: of.along("axis"),
    ),
}
"""The layers whose parameters grow with their settings or their input."""
