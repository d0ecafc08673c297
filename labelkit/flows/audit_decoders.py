"""Hold Pillow's pixels against TensorFlow's, in a process that is gone afterwards: the audit never imports it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec

from labelkit.auditing.decoder_sample import decoder_sample
from labelkit.domain.decoders import DecodedTwice, DecoderTrial
from labelkit.domain.facts import ImageFacts
from labelkit.flows.run import Run
from labelkit.storage.distribution import install_line

_TENSORFLOW = "tensorflow"
_PROGRAM = "labelkit.training.decoded_twice"
_TO_START_S, _PER_FILE_S = 120, 2
"""Seconds after which it is ended; starting takes 5 on an idle machine."""


def try_decoders(
    facts: Mapping[str, ImageFacts], root: str, elsewhere: Mapping[str, str], run: Run, *, wanted: bool
) -> DecoderTrial:
    """Decode a sample twice.

    Args:
        facts: of every image, by path.
        root: the folder of the tree.
        elsewhere: where the bytes of a path are, relative to the root, when they are not there.
        run: for progress.
        wanted: whether a person asked for it.

    """
    if not wanted:
        return DecoderTrial()
    if find_spec(_TENSORFLOW) is None:
        return DecoderTrial(why_not=f"TensorFlow is not installed ({install_line('train')})")
    sample = decoder_sample(facts.values())
    if not sample:
        return DecoderTrial(why_not="no file that both loaders of Keras read")
    run.progress.start("decoding a sample twice", 1)
    try:
        places = [os.path.join(root, elsewhere.get(path, path)) for path in sample]  # noqa: PTH118 - names are bytes, not Path's business
        lines, why = _asked(places)
    finally:
        run.progress.advance(1)
        run.progress.finish()
    files = [_file(path, line) for path, line in zip(sample, lines, strict=False)]
    if len(files) < len(sample):
        files.append(DecodedTwice(sample[len(files)], tensorflow=why))
    return DecoderTrial(tuple(files), why_not="")


def _file(path: str, line: str) -> DecodedTwice:
    told: dict[str, str] = {"pillow": "", "tensorflow": "", "shapes": ""}
    apart: dict[str, float] = {"largest": 0, "mean": 0.0}
    for name, value in json.loads(line).items():
        (told if name in told else apart)[name] = value
    return DecodedTwice(path, told["pillow"], told["tensorflow"], int(apart["largest"]), apart["mean"], told["shapes"])


def _asked(paths: list[str]) -> tuple[list[str], str]:
    """What the process wrote before it ended, and why it wrote no more.

    `-P`: nothing in the working folder is taken for a module.
    """
    command = [sys.executable, "-P", "-m", _PROGRAM]
    limit = _TO_START_S + _PER_FILE_S * len(paths)
    with subprocess.Popen(  # noqa: S603 - our own module by our own interpreter, names go through its input
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    ) as process:
        try:
            out, _ = process.communicate(json.dumps(paths).encode("ascii"), timeout=limit)
            why = f"its process ended with {process.returncode}"
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            why = f"not done within {limit} s"
    whole = out.decode("ascii", "replace").splitlines()
    return [line for line in whole if line.startswith("{") and line.endswith("}")], why
