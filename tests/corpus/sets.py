"""Bad inputs 23 to 57: names, the shape of the set, tables, containers."""
# one line a case, however long

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .cases import NUM_SOUND, Accepted, Case, Refused, Skipped, csv_of, encoded, picture, sound_folder


def _link_out(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root / "set", rng)
    picture(rng).save(root / "secret.png")
    (root / "set" / "cat" / "link.png").symlink_to(root / "secret.png")
    return str(root / "set")


def _link_loop(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    (root / "cat" / "loop").symlink_to(root, target_is_directory=True)
    return str(root)


def _nfc_nfd(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    for name in ("\u00e9.png", "e\u0301.png"):
        picture(rng).save(root / "cat" / name)
    return str(root)


def _not_utf8(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    Path(os.fsdecode(os.fsencode(root / "cat") + b"/\xff\xfe.png")).write_bytes(encoded(picture(rng), "PNG"))
    return str(root)


def _system_files(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    (root / ".DS_Store").write_bytes(b"x")
    (root / "cat" / "Thumbs.db").write_bytes(b"x")
    for folder in (root / "cat" / ".ipynb_checkpoints", root / "__MACOSX"):
        folder.mkdir()
        (folder / "x.png").write_bytes(b"x")
    return str(root)


def _classes(*names: str):
    def build(root: Path, rng: np.random.Generator) -> str:
        return str(sound_folder(root, rng, names))

    return build


def _empty(root: Path, rng: np.random.Generator) -> str:
    return str(root)


def _flat(root: Path, rng: np.random.Generator) -> str:
    for number in range(3):
        picture(rng).save(root / f"{number}.png")
    return str(root)


def _empty_class(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    (root / "eel").mkdir()
    return str(root)


def _single(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    (root / "eel").mkdir()
    picture(rng).save(root / "eel" / "only.png")
    return str(root)


def _nested(root: Path, rng: np.random.Generator) -> str:
    sound_folder(root, rng)
    (root / "cat" / "a" / "b").mkdir(parents=True)
    picture(rng).save(root / "cat" / "a" / "b" / "deep.png")
    return str(root)


def _three(root: Path, rng: np.random.Generator) -> str:
    for name in ("cat/0", "cat/1", "dog/0"):
        (root / name).parent.mkdir(exist_ok=True)
        picture(rng).save(root / f"{name}.png")
    return str(root)


def rows(*labels: str, header: str = "path,label", mark: str = ",") -> str:
    """Return a table of the sound cats with these labels."""
    lines = [f"cat/{number}.png{mark}{label}" for number, label in enumerate(labels)]
    return "\n".join([header, *lines]) + "\n"


def _labels(*labels: Any):
    """Return a builder: a Parquet of images with a label column of any type."""

    def build(root: Path, rng: np.random.Generator) -> str:
        images = [{"bytes": encoded(picture(rng), "PNG"), "path": "x"} for _ in labels]
        pq.write_table(pa.table({"image": images, "label": list(labels)}), root / "t.parquet")
        return str(root / "t.parquet")

    return build


def _parquet(images: list[Any] | pa.Array):
    def build(root: Path, rng: np.random.Generator) -> str:
        pq.write_table(pa.table({"image": images, "label": [0, 1][: len(images)]}), root / "t.parquet")
        return str(root / "t.parquet")

    return build


def _cut_parquet(root: Path, rng: np.random.Generator) -> str:
    path = Path(_labels(0, 1, 0, 1)(root, rng))
    path.write_bytes(path.read_bytes()[:-20])
    return str(path)


def _npz(**arrays: Any):
    def build(root: Path, rng: np.random.Generator) -> str:
        np.savez(root / "t.npz", **arrays)
        return str(root / "t.npz")

    return build


def _npz_members(**members: bytes):
    def build(root: Path, rng: np.random.Generator) -> str:
        with zipfile.ZipFile(root / "t.npz", "w") as archive:
            for name, data in members.items():
                archive.writestr(f"{name}.npy", data)
        return str(root / "t.npz")

    return build


def _huge_header() -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "|u1", "fortran_order": False, "shape": (10**9, 31, 31)}
    )
    return buffer.getvalue()


def _bomb_npz(root: Path, rng: np.random.Generator) -> str:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (2**19, 32, 32)}
    )
    with (
        zipfile.ZipFile(root / "t.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("images.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(header.getvalue())
        for _ in range(512):
            stream.write(bytes(2**20))
    return str(root / "t.npz")


_IMAGES = np.zeros((4, 8, 8, 3), np.uint8)
_LABELS = np.array([0, 1, 0, 1])
_PATHS = rows("a", "b", "a", "b")


NAMES = [
    Case(23, "symlink out of the root", _link_out, Skipped("outside_root")),
    Case(24, "symlink loop", _link_loop, Skipped("outside_root")),
    Case(26, "NFC and NFD twins", _nfc_nfd, Accepted(num=2)),
    Case(28, "bytes that are not UTF-8", _not_utf8, Accepted()),
    Case(30, "system files", _system_files, Skipped("ignored", num=4)),
    Case(31, "classes Cat and cat", _classes("Cat", "cat"), Refused("'Cat' and 'cat'")),
    Case(32, "class names that differ by a space", _classes("cat", "cat "), Refused("'cat' and 'cat '")),
    Case(32, "class names that differ by form", _classes("\u00e9", "e\u0301"), Refused("Unicode form")),
    Case(33, "markup in class names", _classes("<img src=x onerror=alert(1)>", ":red[x]"), Accepted(num=0)),
    Case(
        34,
        "formulas in class names",
        _classes("=HYPERLINK(1)", "+1", "-1", "@x", "\tx"),
        Accepted(num=3 * NUM_SOUND),
    ),
    Case(
        35,
        "class names that look like gaps",
        _classes("NA", "null", "None", "True", "007"),
        Accepted(num=3 * NUM_SOUND),
    ),
]
SHAPES = [
    Case(37, "empty folder", _empty, Refused("no class folders")),
    Case(38, "no class folders", _flat, Refused("Put the images of each class in a folder")),
    Case(39, "one class", _classes("cat"), Refused("one class, 'cat'")),
    Case(40, "empty class folder", _empty_class, Refused("--allow-empty-class")),
    Case(40, "empty class folder, allowed", _empty_class, Accepted(num=0), {"allow_empty_class": True}),
    Case(41, "one image in a class", _single, Accepted("single image")),
    Case(43, "nested folders", _nested, Accepted("folders below it")),
    Case(45, "three images", _three, Accepted(num=3 - 2 * NUM_SOUND)),
]
TABLES = [
    Case(47, "fractional label", _labels(0.0, 1.0, 3.5), Refused(r"3\.5 .*row 2")),
    Case(47, "NaN label", _labels(0.0, float("nan")), Refused("nan .*row 1")),
    Case(47, "negative label", _labels(0, 1, -1), Refused("-1 is negative.*row 2")),
    Case(47, "label beyond 2**53", _labels(0, 1, 2**53 + 1), Refused("2\\*\\*53.*row 2")),
    Case(47, "text beyond 2**53", csv_of(rows("1", str(2**53 + 1))), Refused(r"2\*\*53.*row 1")),
    Case(47, "missing label", _labels(0, None, 1), Refused("None is missing .*row 1")),
    Case(47, "whole floats", _labels(0.0, 1.0, 0.0, 1.0), Accepted(num=4 - 2 * NUM_SOUND)),
    Case(47, "digits as text", _labels("0", "1", "0", "1"), Accepted(num=4 - 2 * NUM_SOUND)),
    Case(47, "half text", csv_of(rows("3", "4", "3.5", "4")), Refused(r"3\.5.*row 2")),
    Case(
        48,
        "duplicate ids",
        csv_of("path,label,id\ncat/0.png,a,7\ncat/1.png,b,7\n"),
        Refused("'7'"),
        {"id_column": "id"},
    ),
    Case(48, "path twice", csv_of("path,label\ncat/0.png,a\ncat/0.png,b\n"), Refused("rows 0 and 1")),
    Case(
        48,
        "path twice, spelt apart",
        csv_of("path,label\ncat/0.png,a\n./cat//0.png,b\n"),
        Refused("rows 0 and 1"),
    ),
    Case(49, "row without file", csv_of(_PATHS + "cat/gone.png,a\n"), Skipped("missing_file")),
    *[
        Case(50, f"path {path}", csv_of(f"{_PATHS}{path},a\n"), Refused("row 4"))
        for path in (
            "../x.png",
            "/etc/passwd",
            "file:///etc/passwd",
            "http://x/y.png",
            "//host/x.png",
            "\\\\host\\x",
        )
    ],
    Case(51, "byte order mark", csv_of(b"\xef\xbb\xbf" + _PATHS.encode()), Accepted(num=4 - 2 * NUM_SOUND)),
    Case(51, "UTF-16", csv_of(_PATHS.encode("utf-16")), Refused("UTF-16")),
    Case(51, "Latin-1", csv_of(rows("\u00e9", "b").encode("latin-1")), Refused("not UTF-8")),
    Case(
        52,
        "semicolons",
        csv_of(rows("a", "b", "a", header="path;label", mark=";")),
        Accepted(num=3 - 2 * NUM_SOUND),
    ),
    Case(52, "one column", csv_of("path label\ncat/0.png a\n"), Refused("at least two names")),
    Case(53, "ragged row", csv_of(_PATHS + "cat/4.png,a,extra\n"), Refused("Line 6 .* 3 fields")),
    Case(
        53,
        "one extra field everywhere",
        csv_of("path,label\ncat/0.png,a,x\ncat/1.png,b,x\n"),
        Refused("3 fields"),
    ),
    Case(53, "unclosed quote", csv_of(_PATHS + '"cat/4.png,a\n'), Refused("quote")),
    Case(53, "NUL byte", csv_of(_PATHS + "cat/4\0.png,a\n"), Refused("NUL")),
    Case(53, "CR only", csv_of(_PATHS.replace("\n", "\r")), Refused("CR alone")),
    Case(54, "duplicate header", csv_of("path,label,label\ncat/0.png,a,b\n"), Refused("'label'")),
    Case(54, "no header", csv_of("cat/0.png,a\ncat/1.png,b\n"), Refused("--image-column")),
    Case(55, "cut Parquet", _cut_parquet, Refused("cannot be read as Parquet")),
    Case(55, "zero rows", _parquet(pa.array([], pa.binary())), Refused("no rows")),
    Case(55, "nested lists", _parquet([[1, 2], [3, 4]]), Refused("is of type list")),
    Case(
        55, "struct with only a path", _parquet([{"path": "a"}, {"path": "b"}]), Refused("is of type struct")
    ),
]
CONTAINERS = [
    Case(
        56, "object array", _npz(images=np.array([{}, {}], object), labels=[0, 1]), Refused("Python objects")
    ),
    Case(
        56, "pickle named npy", _npz_members(images=b"\x80\x04N.", labels=b"\x80\x04N."), Refused("no array")
    ),
    Case(56, "header of 931 GB", _npz_members(images=_huge_header()), Refused("declares")),
    Case(56, "member missing", _npz(images=_IMAGES), Refused("must hold images and labels")),
    Case(56, "lengths unequal", _npz(images=_IMAGES, labels=_LABELS[:3]), Refused("one label an image")),
    Case(56, "NaN pixels", _npz(images=np.full((2, 8, 8), np.nan), labels=[0, 1]), Refused("NaN or outside")),
    Case(
        56,
        "pixels up to 255 as floats",
        _npz(images=np.full((2, 8, 8), 255.0), labels=[0, 1]),
        Refused("outside"),
    ),
    Case(
        56,
        "channels first",
        _npz(images=_IMAGES.transpose(0, 3, 1, 2), labels=_LABELS),
        Refused("channels first"),
    ),
    Case(
        56, "structured array", _npz(images=_IMAGES, labels=np.zeros(4, "i4,i4")), Refused("table of fields")
    ),
    Case(
        56, "dates as labels", _npz(images=_IMAGES, labels=_LABELS.astype("M8[D]")), Refused("save them as")
    ),
    Case(
        56,
        "class names as numbers",
        _npz(images=_IMAGES, labels=_LABELS, class_names=[1, 2]),
        Refused("text"),
    ),
    Case(
        56,
        "byte strings as labels",
        _npz(images=np.repeat(_IMAGES, 4, axis=0), labels=np.repeat([b"cat", "K\u00fcste".encode()], 8)),
        Accepted(num=0),
    ),
    Case(57, "zip bomb", _bomb_npz, Refused("zip bomb")),
]
SETS = [*NAMES, *SHAPES, *TABLES, *CONTAINERS]
