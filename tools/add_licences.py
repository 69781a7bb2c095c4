"""Puts the licences of what a wheel holds of others into it: of the shared libraries that auditwheel copied, and of
what is compiled in.

Usage: add_licences.py WHEEL. The texts are those of the machine that built it: Debian's copyright files, and nanobind's
in the Python that runs this. They become third-party/NAME.txt among the wheel's licences. What has none is named on
stderr: such a wheel must not be given to others.
"""

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

COMPILED_IN = ("nlohmann-json3-dev", "libcli11-dev", "libtomlplusplus-dev", "libjs-dygraphs")
DOCUMENTS, COMMON = Path("/usr/share/doc"), Path("/usr/share/common-licenses")


def package_of(library):
    """The Debian package of a library, by its name in the wheel, into which auditwheel puts a hash; None: none."""
    name = re.sub(r"-[0-9a-f]{8}(?=\.so)", "", library)
    found = subprocess.run(["dpkg", "-S", f"*/{name}"], capture_output=True, text=True)
    return found.stdout.split(":")[0] if found.returncode == 0 else None


def debian_text(package):
    """Debian's copyright file with the licences that it refers to; empty: there is none."""
    path = DOCUMENTS / package / "copyright"
    if not path.exists():
        return ""
    text = path.read_text(errors="replace")
    for name in sorted(set(re.findall(r"/usr/share/common-licenses/([\w.+-]*\w)", text))):
        if (COMMON / name).exists():
            text += f"\n\n---- {COMMON / name} ----\n\n" + (COMMON / name).read_text(errors="replace")
    return text


def nanobind_text():
    """The licences of nanobind and of the hash table in it, which stands at the begin of its header."""
    texts = {
        path.name: path.locate().read_text() for path in distribution("nanobind").files if path.suffix in ("", ".h")
    }
    return texts["LICENSE"] + "\n\n---- robin_map.h ----\n\n" + texts["robin_map.h"].partition("*/")[0]


def licences(libraries):
    """({name: text}, names of what has no text)."""
    texts, without = {"nanobind": nanobind_text()}, []
    for library in libraries:
        package = package_of(library)
        texts[package or library] = debian_text(package) if package else ""
    texts |= {package: debian_text(package) for package in COMPILED_IN}
    without = [name for name, text in texts.items() if not text]
    return {name: text for name, text in texts.items() if text}, without


def rewritten(wheel, texts):
    """Writes the wheel again, with these texts."""
    new = wheel.with_suffix(".new")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as made:
        (info,) = {name.split("/")[0] for name in old.namelist() if name.split("/")[0].endswith(".dist-info")}
        added = {f"third-party/{name}.txt": text.encode() for name, text in sorted(texts.items())}
        record = []

        def write(entry, content):
            made.writestr(entry, content, zipfile.ZIP_DEFLATED)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{getattr(entry, 'filename', entry)},sha256={digest},{len(content)}")

        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == f"{info}/RECORD" or entry.is_dir():
                continue
            if entry.filename == f"{info}/METADATA":
                head, separator, body = content.partition(b"\n\n")
                files = b"".join(f"\nLicense-File: {name}".encode() for name in added)
                content = head + files + separator + body
            write(entry, content)
        for name, content in added.items():
            write(f"{info}/licenses/{name}", content)
        made.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,", ""]))
    new.rename(wheel)


def main():
    """Adds them."""
    wheel = Path(sys.argv[1])
    with zipfile.ZipFile(wheel) as archive:
        libraries = [Path(name).name for name in archive.namelist() if re.search(r"\.libs/.*\.so", name)]
    texts, without = licences(libraries)
    rewritten(wheel, texts)
    for name in without:
        print(f"warning: {wheel.name}: no licence of {name} here: do not give it to others", file=sys.stderr)


if __name__ == "__main__":
    main()
