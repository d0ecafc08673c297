"""Load a rules file in Python: a program run with the person's rights, from the path given and nowhere else.

Errors name the line of the person's own file. What ran is known by its SHA-256, and workers run the very same bytes.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import linecache
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, MappingProxyType, ModuleType

from labelkit.domain.errors import RulesError
from labelkit.domain.labeling import Feature, LabelingFunction, feature, labeling_function
from labelkit.domain.rules import NamedRule, RuleFile, check_unique
from labelkit.plugins.person import own_lines, told_exception, told_path

_NOTHING_MOVED = "nothing was moved"


@dataclass(frozen=True, slots=True)
class PythonFile:
    """The bytes of a rules file, as they travel to workers.

    Attributes:
        path: as told to people, and the file name of every traceback.
        where: absolute path, the module's `__file__`.
        data: the file's bytes.

    """

    path: str
    where: str
    data: bytes

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, 64 hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def record(self) -> RuleFile:
        """What the ledger keeps of it."""
        return RuleFile(self.path, self.sha256)


@dataclass(frozen=True, slots=True)
class PythonRules:
    """What a rules file defines.

    Attributes:
        functions: its labeling functions by name, in order of definition.
        features: its image features by name.

    """

    functions: Mapping[str, LabelingFunction]
    features: Mapping[str, Feature]


def read_rules_file(path: Path) -> bytes:
    """The bytes of a rules file.

    Raises:
        RulesError: no such file, or it cannot be read.

    """
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise RulesError(f"no such rules file: {told_path(path)}", remedy="check the path given as --rules") from None
    except OSError as e:
        raise RulesError(f"cannot read the rules file: {e.strerror}", place=told_path(path)) from e


def read_python_file(path: Path) -> PythonFile:
    """Read a rules file without running it.

    Raises:
        RulesError: no such file, or it cannot be read.

    """
    return PythonFile(told_path(path), str(Path(path).absolute()), read_rules_file(path))


@functools.lru_cache(maxsize=64)
def load_python(file: PythonFile) -> PythonRules:
    """Run a rules file in a module of its own and collect what it defines; the same bytes run once a process.

    Raises:
        RulesError: a syntax error, an exception while it ran, no labeling function, or one name twice.

    """
    tree, code = _compiled(file)
    module = _run(code, file)
    values = list({id(v): v for v in vars(module).values()}.values())
    functions = [v for v in values if isinstance(v, LabelingFunction)]
    features = [v for v in values if isinstance(v, Feature)]
    if not functions:
        raise RulesError(
            "no labeling function in this file",
            place=file.path,
            remedy="put @labeling_function(...) before the function that votes",
        )
    _check_overwritten(tree, module, file)
    check_unique(NamedRule(f.name, f.place) for f in functions)
    check_unique(NamedRule(f.name, f.place) for f in features)
    return PythonRules(
        MappingProxyType({f.name: f for f in functions}), MappingProxyType({f.name: f for f in features})
    )


def _compiled(file: PythonFile) -> tuple[ast.Module, CodeType]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.data, file.path)
            return tree, compile(tree, file.path, "exec", dont_inherit=True)
    except SyntaxError as e:
        raise _syntax_error(e, file) from None
    except (ValueError, RecursionError, MemoryError) as e:
        raise RulesError(f"cannot be read as Python: {e}", place=file.path, remedy=_NOTHING_MOVED) from None


def _syntax_error(e: SyntaxError, file: PythonFile) -> RulesError:
    if not e.lineno:
        return RulesError(e.msg, place=file.path, remedy=_NOTHING_MOVED)
    lines = file.data.decode("utf-8", "replace").splitlines()
    line = lines[e.lineno - 1].rstrip() if e.lineno <= len(lines) else (e.text or "").rstrip()
    return RulesError(e.msg, place=f"{file.path}:{e.lineno}", remedy=f"  {e.lineno} | {line}\n{_NOTHING_MOVED}")


def _run(code: CodeType, file: PythonFile) -> ModuleType:
    name = f"_labelkit_rules_{hashlib.sha256(file.where.encode('utf-8', 'surrogatepass') + file.data).hexdigest()[:16]}"
    module = ModuleType(name)
    module.__file__ = file.where
    sys.modules[name] = module  # dataclasses and pickle look a class up by its module's name
    text = file.data.decode("utf-8-sig", "replace")
    linecache.cache[file.path] = (len(text), None, text.splitlines(keepends=True), file.path)  # the lines that ran
    try:
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for data
            exec(code, vars(module))  # noqa: S102 - a rules file is a program that the person asked to run
    except KeyboardInterrupt:
        raise
    except RulesError as e:
        raise e if e.place else _failed(e, file) from None
    except BaseException as e:  # a person's file is a program: it may raise anything, sys.exit() too
        raise _failed(e, file) from e
    return module


def _failed(e: BaseException, file: PythonFile) -> RulesError:
    own = [line for line in own_lines(e.__traceback__, [file.path]) if line[0] == file.path]
    hint = _import_hint(e)
    if not own:
        return RulesError(told_exception(e), place=file.path, remedy=f"{hint}{_NOTHING_MOVED}")
    _, number, source = own[-1]
    remedy = f"  {number} | {source}\n{hint}{_NOTHING_MOVED}"
    return RulesError(told_exception(e), place=f"{file.path}:{number}", remedy=remedy)


def _import_hint(e: BaseException) -> str:
    if not isinstance(e, ModuleNotFoundError) or not e.name:
        return ""
    return (
        f"'{e.name}' is no installed package; a rules file imports installed packages only, not files beside it"
        f" ({sys.executable} runs it)\n"
    )


def _check_overwritten(tree: ast.Module, module: ModuleType, file: PythonFile) -> None:
    """Two functions of one name in one file: Python keeps the last; the first would vanish without a word."""
    first: dict[str, int] = {}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        if node.name in first:
            raise RulesError(
                f"two functions are called '{node.name}': {file.path}:{first[node.name]} and {file.path}:{node.lineno}",
                place=f"{file.path}:{node.lineno}",
                remedy="give one of them another name",
            )
        if any(_is_ours(d, module) for d in node.decorator_list):
            first[node.name] = node.lineno


def _is_ours(decorator: ast.expr, module: ModuleType) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(called, ast.Attribute):
        return called.attr in {"labeling_function", "feature"}
    return isinstance(called, ast.Name) and vars(module).get(called.id) in {labeling_function, feature}
