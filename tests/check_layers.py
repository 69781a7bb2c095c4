"""Checks the sources against ARCHITECTURE.md: who includes whom, what headers may include, how files begin; and that
what the page names exists.

Usage: check_layers.py [ROOT]. Prints one line a violation, "file:line: ...", and exits with 1 if there is one.
"""

import re
import sys
from pathlib import Path

MAX_LINES = 400
MAX_PAGE_LINES = 120
MAX_COLUMNS = 120
FOLDERS = ("saddle", "cli", "python", "tests", "examples", "benchmarks", "fuzz", "cmake", "plugins", "tools", "web")
WEB_SUFFIXES = (".js", ".mjs", ".css")
SUFFIXES = (".h", ".cpp", ".py", *WEB_SUFFIXES)
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
HEADER_SYSTEM_INCLUDE = re.compile(r"[a-z_]+|ATen/core/\w+\.h")
SLOW_INCLUDE = re.compile(r"torch/(torch|all|nn|optim|data)\b.*")


def read_table(text):
    """Returns {module: modules it may include} of the table in ARCHITECTURE.md; None stands for every module."""
    rows = re.findall(r"^\| ([\w, ]+) \| ([^|]+) \|$", text.split("| module | may include |")[1].split("\n\n")[0], re.M)
    table = {}
    for modules, allowed in rows:
        names = None if allowed.strip() == "everything" else re.findall(r"\w+", allowed)
        for name in names or ():
            if name not in table:
                raise ValueError(f"ARCHITECTURE.md: '{name}' stands in a row above its own: the table holds a cycle")
        for module in re.findall(r"\w+", modules):
            table[module] = names
    return table


def module_of(path):
    """saddle/io/npy.h and cli/train.cpp belong to io and cli; tests, examples and benchmarks belong to no module."""
    parts = Path(path).parts
    if parts[0] == "saddle":
        return parts[1] if len(parts) > 2 else ""
    return parts[0] if parts[0] in ("cli", "python") else None


def check_include(path, quote, target, table):
    """Yields what is wrong with one include of the file `path`."""
    module, header = module_of(path), path.endswith(".h") and path.startswith("saddle/")
    if SLOW_INCLUDE.fullmatch(target):
        yield f"<{target}>: the core stands on ATen and autograd alone"
    if quote == "<":
        if header and not HEADER_SYSTEM_INCLUDE.fullmatch(target):
            yield f"<{target}>: a header includes std, <ATen/core/...> and saddle/ headers only"
        return
    if target.split("/")[0] not in FOLDERS:
        yield f'"{target}": expected a path from the root of the repository'
        return
    other = module_of(target)
    allowed = table.get(module)
    if module is not None and other is None:
        yield f'"{target}": {module} may not include it'
    elif module is not None and allowed is not None and other not in (module, *allowed):
        yield f'"{target}": {module} may include only: {", ".join(allowed) or "nothing"}'


def check_start(path, lines):
    """Yields what is wrong with a file's first lines, as (line, text)."""
    if path.endswith(".py"):
        if not (lines and lines[0].startswith('"""')):
            yield 1, "expected a docstring that says what the file does"
        return
    if path.endswith(".css"):
        if not (lines and re.fullmatch(r"/\* \S.*\. \*/", lines[0])):
            yield 1, "expected a comment of one sentence that says what the file is for"
        return
    comment = []
    for line in lines:
        if not line.startswith("//"):
            break
        comment.append(line)
    if not comment or not re.match(r"// \S", comment[0]) or not comment[-1].endswith("."):
        yield 1, "expected a comment of one sentence that says what the file implements"
    if path.endswith(".h") and (len(lines) <= len(comment) or lines[len(comment)] != "#pragma once"):
        yield len(comment) + 1, "expected #pragma once"


def check_file(path, text, table):
    """Yields the violations in one file as (line, text)."""
    lines = text.splitlines()
    of_web = path.endswith(WEB_SUFFIXES)
    if len(lines) > MAX_LINES and not of_web:
        yield len(lines), f"expected at most {MAX_LINES} lines, got {len(lines)}"
    yield from check_start(path, lines)
    module = module_of(path)
    if module is not None and module not in table:
        yield 1, f"the table in ARCHITECTURE.md has no module '{module}'"
        return
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line) and not path.endswith("check_layers.py"):
            yield number, "expected no reminder in the sources; file an issue"
        if of_web and len(line) > MAX_COLUMNS:  # their formatter leaves a long text or comment alone
            yield number, f"expected at most {MAX_COLUMNS} characters, got {len(line)}"
        include = INCLUDE.match(line)
        if include and not path.endswith(".py"):
            for problem in check_include(path, *include.groups(), table):
                yield number, problem


def named_paths(name):
    """The paths that a name in the page may stand for: `run/curve`, `networks/x.{h,cpp}`, `cli/train.cpp`, `web/`."""
    suffixes = ("", ".h", ".cpp", ".py", ".js")
    return [folder + name.rstrip("/") + suffix for folder in ("", "saddle/") for suffix in suffixes]


def check_page(root, text):
    """Yields what ARCHITECTURE.md names and the tree does not hold, and its length where it is too long."""
    lines = text.splitlines()
    if len(lines) > MAX_PAGE_LINES:
        yield f"ARCHITECTURE.md: expected at most {MAX_PAGE_LINES} lines, got {len(lines)}"
    files = [
        file
        for folder in ("saddle", "cli", "python")
        for file in (root / folder).rglob("*")
        if file.suffix in (".h", ".cpp")
    ]
    words = set(re.findall(r"\w+", " ".join(file.read_text(encoding="utf-8") for file in files)))
    for number, line in enumerate(lines, 1):
        for name in re.findall(r"`([^`]+)`", line):
            if re.fullmatch(r"[a-z_]+/[\w./]*", name) and not re.search(r"/x(\.|$)", name):
                if not any((root / path).exists() for path in named_paths(name)):
                    yield f"ARCHITECTURE.md:{number}: there is no file or folder '{name}'"
            elif re.fullmatch(r"[A-Za-z]\w*(::\w+)*", name) and (name[0].isupper() or "_" in name):
                missing = [part for part in name.split("::") if part not in words]
                if missing:
                    yield f"ARCHITECTURE.md:{number}: the sources hold no '{missing[0]}'"


def check(root):
    """Returns every violation under `root` as one line of text."""
    root = Path(root)
    page = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = read_table(page)
    problems = list(check_page(root, page)) if (root / "README.md").exists() else []  # a planted tree holds one file
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix in SUFFIXES:
                text = file.read_text(encoding="utf-8")
                problems += [f"{path}:{line}: {problem}" for line, problem in check_file(path, text, table)]
    return problems


if __name__ == "__main__":
    found = check(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    print("\n".join(found) or "layers: nothing to complain about")
    sys.exit(1 if found else 0)
