"""Measuring from Python: the numbers of the program, with data in memory."""

import json
import math
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from conftest import without_names


def test_arrays_give_what_their_files_give_the_program(saddle, program, sides, tmp_path):
    np.save(tmp_path / "p.npy", sides[0])
    np.save(tmp_path / "q.npy", sides[1])
    printed = json.loads(program("measure", "p.npy", "q.npy", "--json", "--seed", 3, "--threads", 1))
    assert without_names(saddle.measure(*sides, seed=3, threads=1).to_dict()) == without_names(printed)
    paths = saddle.measure(tmp_path / "p.npy", str(tmp_path / "q.npy"), seed=3, threads=1)
    assert without_names(paths.to_dict()) == without_names(printed)
    assert not math.isnan(paths.js.se) and paths.exact is None


def test_float32_is_read_where_it_lies_also_in_strides(saddle, sides):
    wide = np.zeros((600, 6), dtype=np.float32)
    view = wide[::2, 1::3]
    view[:] = sides[0]
    before = wide.copy()
    other = sides[1].astype(np.float32)
    found = saddle.measure(view, other, threads=1)
    again = saddle.measure(np.ascontiguousarray(view), np.asfortranarray(other), threads=1)
    assert without_names(found.to_dict()) == without_names(again.to_dict())
    assert (wide == before).all()
    wide.flags.writeable = False
    assert saddle.measure(wide[::2, 1::3], other, threads=1).js == found.js
    assert saddle.measure(wide[::2, 1::3][::-1], other, threads=1).js.estimate > 0  # strides below 0


def test_the_extension_does_not_copy(sides):
    from saddle._data import array_of

    for array in (sides[0], sides[0].astype(np.float32)[::3], np.asfortranarray(sides[0])):
        assert np.shares_memory(array_of(array, "P"), array)


@pytest.mark.parametrize("dtype", ["float16", "int32", "uint16", "bool", ">f8", "longdouble"])
def test_other_numbers_are_taken_too(saddle, sides, dtype):
    p, q = ((side * 4).astype(dtype) for side in sides)
    plain = [side.astype("float32" if dtype == "float16" else "float64") for side in (p, q)]
    assert saddle.measure(p, q, threads=1).js.estimate == saddle.measure(*plain, threads=1).js.estimate


def test_densities_have_exact_values(saddle):
    p, q = ({"type": "normal", "params": {"mean": mean, "std": 1}} for mean in (0, 1))
    found = saddle.measure(p, q, count=500, threads=1)
    assert found.exact["kl"] == pytest.approx(0.5) and found.exact["js"] == found.js.exact
    assert found.js.at_least <= found.js.exact
    assert "<th>exact</th>" in found._repr_html_() and "<td>JSD</td>" in found._repr_html_()


def test_tensors_come_by_their_memory(saddle, sides):
    class Tensor:
        """What the package asks of PyTorch's tensors."""

        device, dtype = type("device", (), {"type": "cpu"})(), "torch.float32"

        def __init__(self, numbers):
            self.numbers = numbers

        detach = float = resolve_neg = lambda self: self
        is_complex = lambda self: False
        layout, is_quantized = "torch.strided", False
        numpy = lambda self: self.numbers

    Tensor.__module__ = "torch"
    plain = [side.astype(np.float32) for side in sides]
    found = saddle.measure(*map(Tensor, plain), threads=1)
    assert found.js == saddle.measure(*plain, threads=1).js
    Tensor.device = type("device", (), {"type": "cuda", "__str__": lambda self: "cuda:0"})()
    with pytest.raises(saddle.Error, match="P: expected a tensor on the CPU, got one on cuda:0"):
        saddle.measure(*map(Tensor, plain))


def test_images_in_memory_are_images(saddle, program, tmp_path):
    draw = np.random.default_rng(4)
    p, q = (draw.integers(0, high, size=(120, 8, 8), dtype=np.uint8) for high in (256, 200))
    np.save(tmp_path / "p.npy", p)
    np.save(tmp_path / "q.npy", q)
    options = {"metric": ["js", "fd"], "features": "random", "noise": 1, "threads": 1}
    found = saddle.measure(p, q, **options).to_dict()
    flags = [f"--{name}={','.join(value) if isinstance(value, list) else value}" for name, value in options.items()]
    printed = json.loads(program("measure", "p.npy", "q.npy", "--json", *flags))
    assert without_names(found) == without_names(printed)
    assert found["features"]["images"]["height"] == 8


def test_a_frame_gives_what_its_table_gives_the_program(saddle, program, frame, tmp_path):
    from saddle._data import write_data

    for name, part in (("p", frame[:350]), ("q", frame[350:])):
        (tmp_path / name).mkdir()
        write_data(part, tmp_path / name, name)
    found = saddle.measure(frame[:350], frame[350:], metric="js,shapes", threads=1).to_dict()
    printed = json.loads(
        program("measure", "p/table.csv", "q/table.csv", "--json", "--metric=js,shapes", "--threads=1")
    )
    assert without_names(found) == without_names(printed)
    assert {column["name"] for column in found["columns"]} == {str(name) for name in frame.columns}


def test_the_page_and_the_texts_are_the_programs(saddle, sides, tmp_path):
    found = saddle.measure(*sides, threads=1, critic=tmp_path / "d.onnx")
    assert found.to_dict()["critic_file"]["network"] == "perceptron" and (tmp_path / "d.onnx").exists()
    assert "</html>" in found.page(tmp_path / "p.html").read_text()
    assert str(found).startswith("P  P: 300 samples of 2 numbers") and found.sentence in str(found)
    assert json.loads(found.to_json())["js"]["estimate"] == found.js.estimate
    with pytest.raises(saddle.Error, match="nowhere"):
        found.page(tmp_path / "nowhere/p.html")


def test_progress_is_told_and_its_failure_ends_the_work(saddle, sides):
    told = []
    saddle.measure(*sides, threads=1, progress=lambda *moment: told.append(moment))
    assert told and all(0 <= done <= total for _, done, total, _ in told)

    def fail(*_):
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        saddle.measure(*sides, threads=1, progress=fail)
    assert saddle.measure(*sides, threads=1).js.estimate > 0  # and the next call works


def test_an_interrupt_ends_it_and_leaves_python_as_it_was(tmp_path):
    code = """
import numpy as np, saddle, signal, os
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a process in the background ignores
x = np.random.default_rng(0).normal(size=(20000, 8))
told = []
def show(*moment):
    if not told: os.kill(os.getpid(), signal.SIGINT)
    told.append(moment)
try:
    saddle.measure(x[:10000], x[10000:], progress=show, threads=1)
except KeyboardInterrupt:
    print("interrupted", len(told) < 50, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "interrupted True True\n", done


def test_other_threads_of_python_run_meanwhile(saddle, sides):
    import threading

    ticks, done = [], threading.Event()

    def tick():
        while not done.wait(0.001):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    saddle.measure(*sides, threads=1)
    done.set()
    thread.join()
    assert len(ticks) > 5  # without the GIL there would be none, or one as it ends


def test_a_forked_process_is_refused(saddle, sides):
    saddle.measure(*sides, threads=1)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            saddle.measure(*sides, threads=1)
        except saddle.Error as error:
            os.write(write, str(error).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert b"expected a process of its own" in os.read(read, 1000)


def test_signal_handlers_of_others_are_kept(saddle, sides):
    before = signal.getsignal(signal.SIGTERM)
    saddle.measure(*sides, threads=1)
    assert signal.getsignal(signal.SIGTERM) is before
