"""Print the shape of the code: lines a module, lines a function, parameters; a drift is a reason to look."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]


def function_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function without its docstring."""
    doc = node.body[0] if ast.get_docstring(node) else None
    doc_lines = (doc.end_lineno or 0) - doc.lineno + 1 if doc is not None else 0
    return (node.end_lineno or 0) - node.lineno + 1 - doc_lines


def num_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the number of parameters, self aside."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len([argument for argument in arguments if argument.arg not in {"self", "cls"}])


def main() -> None:
    """Measure datadiet and app, and print medians, nine-in-ten values and the longest."""
    modules: dict[str, int] = {}
    functions: dict[str, tuple[int, int]] = {}
    for folder in ("datadiet", "app"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            text = path.read_text(encoding="utf-8")
            if "def " not in text and "class " not in text:
                continue
            modules[name] = text.count("\n")
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    functions[f"{name}:{node.name}"] = (function_lines(node), num_parameters(node))
    lengths = [lines for lines, _ in functions.values()]
    print(f"{len(modules)} modules: median {median(modules.values()):.0f} lines, longest", *longest(modules))
    print(
        f"{len(lengths)} functions: median {median(lengths):.0f} lines, nine in ten under "
        f"{quantiles(lengths, n=10)[-1]:.0f}, longest",
        *longest({name: lines for name, (lines, _) in functions.items()}),
    )
    many = {name: count for name, (_, count) in functions.items() if count > 6 and "cli" not in name}
    print(f"functions with more than 6 parameters, cli aside: {many or 'none'}")


def longest(sizes: dict[str, int], num: int = 5) -> list[str]:
    """Return the ``num`` largest as text."""
    return [f"{name} ({size})" for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:num]]


if __name__ == "__main__":
    main()
