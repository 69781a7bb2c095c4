"""PyTorch's own tensors and networks, which share memory and libraries with the package."""

import subprocess
import sys

import numpy as np
import pytest
from conftest import SHORT, without_names

X = np.random.default_rng(5).normal(size=(1200, 2))


def test_tensors_are_read_where_they_lie(saddle, torch, sides):
    from saddle._data import array_of

    wide = torch.zeros(600, 6)
    view = wide[::2, 1::3]
    view[:] = torch.from_numpy(sides[0])
    assert np.shares_memory(array_of(view, "P"), wide.numpy())
    other = torch.from_numpy(sides[1]).float().requires_grad_()
    found = saddle.measure(view, other, threads=1)
    arrays = saddle.measure(view.numpy().copy(), other.detach().numpy(), threads=1)
    assert without_names(found.to_dict()) == without_names(arrays.to_dict())
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int32):
        assert saddle.measure(view.to(dtype), other.to(dtype), threads=1).js.estimate >= 0


def test_tensors_come_out_where_they_went_in(saddle, torch, tmp_path):
    run = saddle.train(torch.from_numpy(X).float(), tmp_path / "run", **SHORT)
    made = run.sample(20)
    assert isinstance(made, torch.Tensor) and made.dtype == torch.float32 and made.shape == (20, 2)
    assert np.shares_memory(torch.from_dlpack(made).numpy(), made.numpy())
    array = saddle.mle(X, tmp_path / "mixture", components=1).sample(20)
    assert np.shares_memory(torch.from_dlpack(array).numpy(), array)


@pytest.mark.filterwarnings("ignore:torch.quantize")
@pytest.mark.parametrize(
    "make, text",
    [
        (lambda torch: torch.zeros(9, 2, device="meta"), "P: expected a tensor on the CPU, got one on meta"),
        (lambda torch: torch.zeros(9, 2, dtype=torch.complex64), "P: expected real numbers, got complex64"),
        (lambda torch: torch.zeros(0, 2), r"P: expected samples, got an array of the shape \[0, 2\]"),
        (lambda torch: torch.eye(60).to_sparse(), "P: expected a dense tensor, got one of the layout sparse_coo"),
        (lambda torch: torch.quantize_per_tensor(torch.ones(60, 2), 0.1, 0, torch.quint8), "P: expected .* got quint8"),
        (lambda torch: torch.nn.Linear(2, 2), "P: expected a function of the number of samples, got a network"),
    ],
)
def test_what_holds_no_numbers_is_refused(saddle, torch, make, text):
    with pytest.raises(saddle.Error, match=text) as caught:
        saddle.measure(make(torch), X)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
def test_a_network_draws_a_side(saddle, torch, tmp_path):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    found = saddle.measure(X[:400], lambda n: network(torch.randn(n, 4)), batch_size=64, threads=1)
    assert found.to_dict()["q"]["count"] == 400 and found.js.at_least > 0.1
    torch.jit.script(network).save(str(tmp_path / "g.pt"))
    scripted = saddle.measure(X[:400], tmp_path / "g.pt", latent_dim=4, allow_code=True, threads=1)
    assert abs(scripted.js.estimate - found.js.estimate) < 4 * (scripted.js.se + found.js.se)
    images = saddle.measure(
        lambda n: torch.rand(n, 1, 8, 8), lambda n: torch.rand(n, 1, 8, 8) / 2, count=300, metric="js", threads=1
    )
    assert images.to_dict()["p"]["dim"] == 64 and images.js.at_least > 0.1


def test_it_may_be_imported_before_or_after(torch):
    code = """
import {}, {}
import numpy as np, torch
x = torch.from_numpy(np.random.default_rng(0).normal(size=60))
print(saddle.measure(x, x + 3, threads=1, divergence="kl").js.estimate > 0, sum(
    line.rstrip().endswith("libtorch_cpu.so") and " r-xp " in line for line in open("/proc/self/maps")))
"""
    for order in (("torch", "saddle"), ("saddle", "torch")):
        done = subprocess.run([sys.executable, "-c", code.format(*order)], capture_output=True, text=True)
        assert done.stdout == "True 1\n", done
