"""What one read and one decode tell about one image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

FactValue = str | int | float | bool | None
"""One fact in a table; None where it is not known."""


@dataclass(frozen=True, slots=True)
class PixelFacts:
    """What the pixels of one image say, taken from its small picture.

    The small picture is the stored one (before EXIF rotation) divided by `scale`: block means, so that fine noise and
    lines thinner than `scale` pixels are averaged into their surroundings. Alpha is shown over black. All numbers but
    the entropy are parts of the file's own full range: 0 is its black and 1 its white, whatever its bit depth.
    Rounded to six decimals.

    Attributes:
        scale: 1, 2, 4 or 8: the largest that leaves at least 96 pixels on the shorter side.
        gray: every pixel has the same red, green and blue.
        digest: SHA-256 (first 32 hexadecimal digits) of the small picture turned upright, its range and the size of the
            whole. With scale 1 equal digests are equal pixels; else they nominate, and do not prove.
        phash: 64-bit perceptual hash of the picture turned upright, 16 hexadecimal digits (`imaging/perceptual.py`).
        brightness: mean of sqrt(0.241 R² + 0.691 G² + 0.068 B²), perceived brightness as cleanvision has it; 0 to 1.
        p1, p5, p50, p95, p99: percentiles of the brightness; 0 to 1.
        contrast: standard deviation of the brightness; 0 to 0.5.
        sharpness: variance of the 4-neighbour Laplacian of the luma (ITU-R BT.601); 0 to 16, below 3 x 3 pixels 0.
        entropy: of the histogram of the luma in 256 steps; 0 to 8 bits.
        blurry_score: what cleanvision's check `blurry` would say (`imaging/blurriness.py`); 0 to 1, lower is blurrier.
        red, green, blue: means; 0 to 1.
        border, border_contrast: mean and standard deviation of the brightness in the frame along the edges, one
            sixteenth of the shorter side wide (at least a pixel); 0 to 1, 0 to 0.5.
        turned: the hashes of the picture mirrored left to right, mirrored top to bottom, and after a half turn, one
            behind another, 48 hexadecimal digits. Those of the other four ways to lay it (quarter turns, diagonals) are
            these and `phash` with the rows and columns of their 8 x 8 bits swapped. Empty when not known.

    """

    scale: int
    gray: bool
    digest: str
    phash: str
    brightness: float
    p1: float
    p5: float
    p50: float
    p95: float
    p99: float
    contrast: float
    sharpness: float
    entropy: float
    blurry_score: float
    red: float
    green: float
    blue: float
    border: float
    border_contrast: float
    turned: str = ""

    @property
    def dark_score(self) -> float:
        """As cleanvision has it: 0 to 1, and dark below 0.32."""
        return self.p99

    @property
    def light_score(self) -> float:
        """As cleanvision has it: 0 to 1, and light below 0.05."""
        return round(1 - self.p5, 6)

    @property
    def low_information_score(self) -> float:
        """As cleanvision has it, of the luma: 0 to 1, and with little information below 0.3."""
        return round(min(1.0, self.entropy * 0.1), 6)


@dataclass(frozen=True, slots=True)
class JpegFacts:
    """How a JPEG was written.

    Attributes:
        quality: 1 to 100, of the IJG tables whose sum is nearest that of the file's own; 0 without tables.
        ijg_tables: whether the tables are exactly the IJG's of that quality: what most software writes, few cameras.
        tables: SHA-256 (first 16 hexadecimal digits) of the quantisation tables: one encoder, one quality, one value.
        subsampling: of the first chroma component against luma, as "4:2:0"; "" for one component, or an unusual one.
        progressive: written in several passes.

    """

    quality: int
    ijg_tables: bool
    tables: str
    subsampling: str
    progressive: bool


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """What the EXIF block says; empty texts where it says nothing.

    Attributes:
        taken: DateTimeOriginal, else DateTime, as written ("2026:01:31 08:15:00").
        camera: make and model.
        software: the program that wrote the file.

    """

    taken: str = ""
    camera: str = ""
    software: str = ""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The facts of one image file, from one read and one decode.

    Attributes:
        path: POSIX path relative to the root of its tree.
        size: bytes.
        sha256: of the file's bytes, 64 hexadecimal digits; empty when the file could not be read.
        fault: why the image cannot be decoded in full; empty when it can.
        format: what the bytes are ("JPEG", "PNG", …); empty when unknown.
        mode: Pillow's mode ("L", "RGB", "I;16", …); empty when unknown.
        width, height: pixels as stored, before EXIF orientation; 0 when unknown.
        bits: of one sample of one pixel, as the file stores them (of a palette image: of a palette entry); 0: unknown.
        transparent: some of it may be seen through (alpha, or a transparent colour).
        orientation: EXIF 1 to 8 that is still to be applied to the decoded pixels; 1: none.
        frames: images in the file; loaders read the first.
        modified: of the file, UTC, ISO 8601 with milliseconds; empty when unknown.
        damage: what is wrong inside a JPEG that Pillow reads all the same; empty when nothing is.
        suspected: what makes damage likely without proving it; empty when nothing does.
        pixels: None when they could not be judged: unreadable, or no fixed range (floating point, 32 bits).
        jpeg: None for other formats.
        exif: None without an EXIF block.

    """

    path: str
    size: int
    sha256: str = ""
    fault: str = ""
    format: str = ""
    mode: str = ""
    width: int = 0
    height: int = 0
    bits: int = 0
    transparent: bool = False
    orientation: int = 1
    frames: int = 1
    modified: str = ""
    damage: str = ""
    suspected: str = ""
    pixels: PixelFacts | None = None
    jpeg: JpegFacts | None = None
    exif: ExifFacts | None = None

    @property
    def odd_aspect_ratio_score(self) -> float | None:
        """Shorter side by longer side, as cleanvision has it: 0 to 1, and odd below 0.35; None when unknown."""
        longer = max(self.width, self.height)
        return round(min(self.width, self.height) / longer, 6) if longer else None

    @property
    def readable(self) -> bool:
        """Whether the image was decoded in full."""
        return not self.fault

    def flat(self) -> dict[str, FactValue]:
        """Every fact by its column name, in the order of `fact_columns`."""
        out: dict[str, FactValue] = {name: getattr(self, name) for name in _OWN}
        for group, prefix, names in _GROUPS:
            held = getattr(self, group)
            out.update((prefix + name, None if held is None else getattr(held, name)) for name in names)
        out["odd_aspect_ratio_score"] = self.odd_aspect_ratio_score
        return out


def _names(kind: type[ImageFacts | PixelFacts | JpegFacts | ExifFacts]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


_GROUPS = (
    ("pixels", "", (*_names(PixelFacts), "dark_score", "light_score", "low_information_score")),
    ("jpeg", "jpeg_", _names(JpegFacts)),
    ("exif", "exif_", _names(ExifFacts)),
)
"""Groups of facts: the attribute, what stands before its columns, the facts in it."""

_OWN = tuple(name for name in _names(ImageFacts) if name not in {group for group, _, _ in _GROUPS})


def fact_columns() -> tuple[str, ...]:
    """The names of all facts, in the order in which tables have them."""
    return (*_OWN, *(prefix + name for _, prefix, names in _GROUPS for name in names), "odd_aspect_ratio_score")


def table_of_facts(facts: Iterable[ImageFacts]) -> dict[str, list[FactValue]]:
    """Column name to one value an image: what `pandas.DataFrame` takes as it is."""
    columns: dict[str, list[FactValue]] = {name: [] for name in fact_columns()}
    for fact in facts:
        for name, value in fact.flat().items():
            columns[name].append(value)
    return columns
