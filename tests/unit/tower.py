"""Reads a package's imports, and says what breaks the rules of its tower.

A tower is a list of layers, the highest first; a layer is a list of groups; a group is a list of
names, each of a module or of a package with all that is in it.  The longest name that fits a module
decides where it stands.  A module may import from lower layers and from its own group.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Tower = Sequence[Sequence[Sequence[str]]]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Import:
    """One import statement's one module, as ``importer`` wrote it."""

    importer: str
    imported: str
    line: int
    inside_function: bool
    types_only: bool
    """Under ``if TYPE_CHECKING``: for annotations, never performed."""

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def modules(package: Path) -> dict[str, Path]:
    """Every module of a package: its dotted name and its file."""
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@cache
def imports(package: Path) -> list[Import]:
    """Every import in a package, of whatever; of a name the module that holds it.  Read once: each
    rule asks.
    """
    known = modules(package)
    return [found for name, file in known.items() for found in _imports_of(name, file, known)]


def _imports_of(importer: str, file: Path, known: dict[str, Path]) -> Iterator[Import]:
    home = importer if file.name == "__init__.py" else importer.rpartition(".")[0]

    def walk(node: ast.AST, inside: bool, types: bool) -> Iterator[Import]:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield Import(importer, alias.name, node.lineno, inside, types)
            case ast.ImportFrom(module=module, names=names, level=level):
                source = _absolute(home, module, level)
                for alias in names:
                    whole = f"{source}.{alias.name}"
                    # `from package import module` imports the module
                    target = whole if whole in known else source
                    yield Import(importer, target, node.lineno, inside, types)
            case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                for child in node.body:
                    yield from walk(child, inside, types=True)
                for child in node.orelse:
                    yield from walk(child, inside, types)
                return
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside or isinstance(node, FUNCTIONS), types)

    yield from walk(ast.parse(file.read_text("utf-8")), inside=False, types=False)


def _absolute(home: str, module: str | None, level: int) -> str:
    if level == 0:
        return module or ""
    package = home.split(".")[: len(home.split(".")) - (level - 1)]
    return ".".join([*package, *([module] if module else [])])


def place(module: str, tower: Tower) -> tuple[int, int] | None:
    """Where a module stands: the number of its layer (0 is the highest) and of its group."""
    fitting = [
        (len(name), (height, number))
        for height, layer in enumerate(tower)
        for number, group in enumerate(layer)
        for name in group
        if module == name or module.startswith(name + ".")
    ]
    return max(fitting)[1] if fitting else None


def homeless(package: Path, tower: Tower) -> list[str]:
    """The modules that have no place in the tower."""
    return [name for name in modules(package) if place(name, tower) is None]


def climbing(package: Path, tower: Tower, *, types: bool = True) -> list[str]:
    """The imports that go up, or across to another group of the same layer.

    Without ``types`` those for annotations only are passed over.
    """
    wrong = []
    for one in imports(package):
        if one.types_only and not types:
            continue
        here, there = place(one.importer, tower), place(one.imported, tower)
        if here is not None and there is not None and there != here and there[0] <= here[0]:
            wrong.append(str(one))
    return wrong


def inside_functions(package: Path) -> list[str]:
    """The imports that stand inside a function."""
    return [str(one) for one in imports(package) if one.inside_function]


def importing(package: Path, forbidden: set[str], inside: Sequence[str] = ()) -> list[str]:
    """The imports of ``forbidden`` packages, anywhere or in the modules and packages ``inside``."""
    return [
        str(one)
        for one in imports(package)
        if one.imported.split(".")[0] in forbidden
        and (not inside or place(one.importer, [[inside]]) is not None)
    ]


def circle(package: Path) -> list[str]:
    """The modules of one circle of imports, first and last the same; empty if there is none.

    What is imported for annotations only makes no circle: it is never performed.
    """
    known = modules(package)
    edges: dict[str, list[str]] = {name: [] for name in known}
    for one in imports(package):
        if one.imported in known and one.imported != one.importer and not one.types_only:
            edges[one.importer].append(one.imported)
    finished: set[str] = set()

    def search(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in finished:
            return []
        for imported in edges[name]:
            if found := search(imported, [*path, name]):
                return found
        finished.add(name)
        return []

    return next((found for name in known if (found := search(name, []))), [])
