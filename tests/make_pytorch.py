"""Makes of PyTorch's wheel a PyTorch without CUDA, for the tests that use it.

Usage: make_pytorch.py WHEEL LIBTORCH. The folder `python` beside LIBTORCH, which ./run takes from the same wheel,
becomes PyTorch's own Python files and bindings, 90 MB, on those libraries. The wheel needs 3 GB of CUDA's libraries to
be imported; here stand-ins have their names: no code, but for the two functions that an import calls. Optimisers want
sympy, which is not there.
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

KEPT = re.compile(
    r"(torch|torchgen)/.*\.(py|pyi)|torch/_C\.[^/]*\.so|torch/bin/torch_shm_manager|torch-[^/]*\.dist-info/METADATA"
    r"|torch/lib/lib(torch_python|torch|shm|torch_global_deps)\.so"
)
CUDA = ("libtorch_cuda.so", "libc10_cuda.so", "libcudnn.so.9", "libcufile.so.0")
# What a build without distributed computing lacks; and what fails where CUDA has no kernels.
CHANGES = {
    "torch/__init__.py": (
        "_load_global_deps()\n    from torch._C import *  # noqa: F403\n",
        "_load_global_deps()\n    from torch._C import *  # noqa: F403\n"
        "    for _name in ('_c10d_init', '_rpc_init', '_dist_autograd_init'):\n"
        "        delattr(sys.modules['torch._C'], _name)\n",
    ),
    "torch/_native/__init__.py": ("    registry._register_all_overrides()\n", "    pass\n"),
    "torch/version.py": ("cuda: Optional[str] = '13.2'\n", "cuda: Optional[str] = None\n"),
}
NOTE = '.section .note.GNU-stack,"",@progbits\n'
# The numbers that functions return which an import calls: of CUDA's devices there are none, and a place for a function.
RETURNS = {"_ZN3c104cuda12device_countEv": "xor %eax, %eax", "_ZN4c10d15get_gil_checkerEv": "lea place(%rip), %rax"}


def symbols(path, which):
    """{name: type} of a library's symbols, as nm has them, without their versions."""
    lines = subprocess.check_output(["nm", "-D", which, path], text=True).splitlines()
    return {line.split()[-1].split("@")[0]: line.split()[-2] for line in lines}


def stand_in(name):
    """The assembly of a symbol of CUDA's libraries."""
    kind = "object" if name.startswith(("_ZTI", "_ZTV", "_ZTS")) else "function"
    head = f".globl {name}\n.type {name}, @{kind}\n.balign 16\n{name}: "
    if name.startswith("_ZTI"):  # bindings ask for the names of types
        return f'.data\n{head}.quad _ZTVN10__cxxabiv117__class_type_infoE+16, 1f\n1: .asciz "{name[4:]}"\n'
    if kind == "object":
        return f".data\n{head}.zero 256\n"
    return f".text\n{head}{RETURNS[name]}\n ret\n" if name in RETURNS else f".text\n{head}ud2\n"


def write_stand_ins(lib):
    """Puts libraries under the names of CUDA's into the folder `lib`."""
    there = set()
    for path in [*lib.glob("*.so*"), *(lib.parent.parent / "nvidia/cu13/lib").glob("*.so*")]:
        there |= symbols(path, "--defined-only").keys()
    wanted = symbols(lib / "libtorch_python.so", "--undefined-only")
    missing = sorted(n for n, kind in wanted.items() if kind == "U" and n not in there and re.match("_Z|cu", n))
    assembly = ".bss\nplace: .zero 64\n" + "".join(map(stand_in, missing)) + NOTE
    for name in CUDA:
        command = ["gcc", "-shared", "-nostdlib", "-x", "assembler", "-", f"-Wl,-soname,{name}", "-o", lib / name]
        text = assembly if name == CUDA[0] else NOTE
        subprocess.run(command, input=text, text=True, check=True)


def main():
    """Makes the folder anew."""
    wheel, libtorch = Path(sys.argv[1]), Path(sys.argv[2]).absolute()
    made, folder = libtorch.parent / "python", libtorch.parent / "python.new"
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if KEPT.fullmatch(info.filename):
                path = Path(archive.extract(info, folder))
                path.chmod(info.external_attr >> 16 & 0o777 or 0o644)
    for name, (old, new) in CHANGES.items():
        text = (folder / name).read_text()
        if text.count(old) != 1:
            sys.exit(f"error: {wheel}: expected the line {old.strip()!r} once in {name}, got {text.count(old)}")
        (folder / name).write_text(text.replace(old, new))
    lib = folder / "torch/lib"
    for path in (libtorch / "lib").iterdir():
        (lib / path.name).symlink_to(os.path.relpath(path, lib))
    (folder / "nvidia").symlink_to(os.path.relpath(libtorch.parent / "nvidia", folder))
    write_stand_ins(lib)
    shutil.rmtree(made, ignore_errors=True)
    folder.rename(made)  # last: it is whole


if __name__ == "__main__":
    main()
