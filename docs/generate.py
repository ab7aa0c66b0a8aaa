"""Writes the parts of the manual that the code states itself: commands, settings, tables, scores.

A page holds ``<!-- begin NAME -->`` and ``<!-- end NAME -->``; what lies between them is written here by
``make docs``. A test checks that the committed pages are what this would write.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Literal, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

import datadiet.frames
from datadiet.cli.app import cli
from datadiet.config import AuditConfig, DataConfig, FrozenConfig, NoiseConfig, TrainConfig, validated
from datadiet.frames.table import Table
from datadiet.scores.registry import METHODS
from datadiet.training.profiles import RECIPES, TrainShape

DOCS = Path(__file__).resolve().parent
BLOCK = re.compile(
    r"(?P<begin><!-- begin (?P<name>[a-z-]+) -->\n)(?P<body>.*?)(?P<end><!-- end (?P=name) -->)", re.DOTALL
)
CIFAR_10 = TrainShape(num_train=45_000, image_size=32, in_channels=3)
NATIVE = "bfloat16 where the processor declares it, else float32"
BY_THE_DATA = {  # settings that quick and standard fit to the data, and how the table says so
    "precision": NATIVE,
}


def commands() -> str:
    """Return every command: what it does, how it is called, its arguments and options."""
    return "\n".join(_command(path, command) for path, command in walk(typer.main.get_command(cli)))


def walk(group: Any, path: str = "datadiet") -> Iterator[tuple[str, Any]]:
    """Yield each command of the command line with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from walk(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def shown(command: Any) -> list[Any]:
    """Return the arguments and options of a command that its help shows."""
    return [each for each in command.params if not each.hidden and each.name != "help"]


def _command(path: str, command: Any) -> str:
    arguments = [each for each in shown(command) if each.param_type_name == "argument"]
    required = [each for each in shown(command) if each.required and each not in arguments]
    words = [each.metavar or each.name.upper() for each in arguments]
    words += [f"{each.opts[0]} {_type(each)}" for each in required]
    usage = " ".join([path, *words, "[OPTIONS]"])
    lines = [f"## `{path}`", "", command.help or "", "", "```", usage, "```", ""]
    rows = [(f"`{_names(each)}`", _default(each), (each.help or "").strip()) for each in shown(command)]
    return "\n".join([*lines, *_rows(("argument or option", "default", "meaning"), rows), ""])


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    value = "" if parameter.is_flag else f" {_type(parameter)}"
    return ", ".join(parameter.opts) + value


def _type(parameter: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    annotation = getattr(parameter.type_descriptor.annotation, "__name__", "")
    return {"int": "N", "float": "F", "Path": "PATH", "PosixPath": "PATH"}.get(annotation, "TEXT")


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default is None or parameter.default is False:
        return ""
    environment = f", or `{parameter.envvar}`" if parameter.envvar else ""
    return f"`{parameter.default}`{environment}"


def settings() -> str:
    """Return every setting: allowed values, default, and what it means, unit included."""
    parts = [("", AuditConfig), ("data.", DataConfig), ("noise.", NoiseConfig)]
    return "\n".join(_settings(prefix, model) for prefix, model in parts)


def _settings(prefix: str, model: type[FrozenConfig]) -> str:
    meanings = comments(model)
    rows = [
        (f"`{prefix}{name}`", allowed(field), _code(field.default), meanings[name])
        for name, field in model.model_fields.items()
        if not isinstance(field.default, FrozenConfig)
    ]
    title = f"## {prefix.rstrip('.')}" if prefix else "## The audit"
    return "\n".join([title, "", *_rows(("setting", "allowed", "default", "meaning"), rows), ""])


def training_settings() -> str:
    """Return every setting of the training with its default in each profile, as for CIFAR-10."""
    meanings, profiles = comments(TrainConfig), {name: _resolved(name) for name in RECIPES}
    rows = []
    for name, field in TrainConfig.model_fields.items():
        values = [_code(profile[name]) for profile in profiles.values()]
        if name in BY_THE_DATA:
            values[:2] = [BY_THE_DATA[name]] * 2
        rows.append((f"`train.{name}`", allowed(field), *values, meanings[name]))
    return "\n".join(_rows(("setting", "allowed", *RECIPES, "meaning"), rows)) + "\n"


def _resolved(profile: str) -> dict[str, Any]:
    return validated(TrainConfig, RECIPES[profile](CIFAR_10, {})).model_dump()


def comments(model: type[FrozenConfig]) -> dict[str, str]:
    """Return the comment beside each field of a settings model: its unit and meaning."""
    source = inspect.getsource(model)
    by_line: dict[int, str] = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    body = ast.parse(source).body[0]
    fields = [node for node in ast.walk(body) if isinstance(node, ast.AnnAssign)]
    return {
        ast.unparse(node.target): " ".join(
            by_line[line] for line in range(node.lineno, (node.end_lineno or 0) + 1) if line in by_line
        )
        for node in fields
    }


def allowed(field: FieldInfo) -> str:
    """Return which values a setting takes: its choices, or its type with its bounds."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if get_origin(kind) is Literal:
            return ", ".join(f"`{choice}`" for choice in get_args(kind))
    bounds = [
        each for each in (field.annotation, *get_args(field.annotation)) if hasattr(each, "__metadata__")
    ]
    marks = [*field.metadata, *(mark for each in bounds for mark in each.__metadata__)]
    signs = [_bounds(mark) for mark in marks]
    bounded = ", ".join(sign for sign in signs if sign)
    return f"{_kind(field)} {bounded}".rstrip()


def _kind(field: FieldInfo) -> str:
    text = str(field.annotation)
    names = (
        ("tuple", "list"),
        ("bool", "true or false"),
        ("str", "text"),
        ("float", "number"),
        ("int", "integer"),
    )
    return next(name for mark, name in names if mark in text)


def _bounds(mark: Any) -> str:
    pairs = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
    parts = [mark, *getattr(mark, "metadata", ())]
    return ", ".join(
        f"{sign} {getattr(part, name):g}" for part in parts for name, sign in pairs if hasattr(part, name)
    )


def _code(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return f"`{', '.join(map(str, value)) if isinstance(value, tuple) else value}`"


def tables() -> str:
    """Return every table of datadiet.frames: what a row is, and its columns."""
    return "\n".join(_table(table) for table in all_tables())


def all_tables() -> list[Table]:
    """Return the tables that datadiet.frames spells, family by family."""
    names = sorted(info.name for info in iter_modules(datadiet.frames.__path__))
    modules = [import_module(f"datadiet.frames.{name}") for name in names]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Table)]


def _table(table: Table) -> str:
    rows = [(f"`{column.name}`", column.dtype, column.meaning) for column in table.columns]
    title = [f"## {table.name}", "", f"A row is {table.row}.", ""]
    return "\n".join([*title, *_rows(("column", "dtype", "meaning"), rows), ""])


def methods() -> str:
    """Return every score: which end is hard, what it reads, one sentence, and its source."""
    rows = [
        (f"`{method.name}`", method.direction, method.reads, method.meaning, method.source)
        for method in METHODS.values()
    ]
    return "\n".join(_rows(("score", "hard is", "read from", "meaning", "source"), rows)) + "\n"


def _rows(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    cells = [titles, tuple("---" for _ in titles), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]


BLOCKS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "training-settings": training_settings,
    "tables": tables,
    "methods": methods,
}


def rendered(text: str) -> str:
    """Return the text of a page with its generated parts written anew."""
    return BLOCK.sub(lambda found: f"{found['begin']}{BLOCKS[found['name']]()}{found['end']}", text)


def pages() -> list[Path]:
    """Return the pages that hold a generated part."""
    return [path for path in sorted(DOCS.glob("*.md")) if BLOCK.search(path.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    for page in pages():
        page.write_text(rendered(page.read_text(encoding="utf-8")), encoding="utf-8")
