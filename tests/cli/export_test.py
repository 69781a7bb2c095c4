"""`saddle export`: that what the files compute elsewhere is what Saddle computes, and that bad input gets one line.

The runs are short; each has another network, size or condition.
"""

import json
import re
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from conftest import PROGRAM, ROOT
from PIL import Image
from safetensors.numpy import load_file

SHORT = ["--samples", 320, "--batch-size", 16, "--evaluate-every", 320, "--threads", 1, "--quiet"]
SMALL = ["--generator-width", 8, "--discriminator-width", 8, "--latent-dim", 5]
FAST = ["--generator-rate", 0.02, "--discriminator-rate", 0.02]  # far from where weights begin, in 20 steps
BLOCK = re.compile(r"<!-- tested -->\n```python\n(.*?)```", re.S)

RUNS = {
    "points": ["points.npy", "--inner-noise", 0.1, "--regularizer", "spectral_norm", "--generator-width", 16],
    "far": ["far.npy", "--output-noise", 0, "--generator-width", 16],
    "ring": ["builtin:ring", "--generator-width", 16],
    "conv": ["grey", "--network", "conv", *SMALL],
    "classes": ["pets", "--network", "conv", "--labels", "folder", *SMALL, "--ema-half-life", 0],
    "dcgan": ["grey", "--network", "dcgan", *SMALL, "--regularizer", "spectral_norm=2"],
    "residual": ["pets", "--network", "residual", "--layers", 1, "--labels", "folder", *SMALL, *FAST],
    "rows": ["people.csv", "--generator-width", 16, *FAST],
    "told": ["people.csv", "--condition", "city", "--generator-width", 16, *FAST],
}


def write_data(folder):
    rng = np.random.default_rng(1)
    points = rng.standard_normal((400, 3)) * [1, 50, 2] + [0, 1000, 7]
    np.save(folder / "points.npy", points)
    np.save(folder / "far.npy", rng.standard_normal((400, 2)) + [1e9, 0])  # float32 cannot hold it
    for name, shape in (("grey", (10, 13)), ("pets/cat", (18, 12, 3)), ("pets/dog", (18, 12, 3))):
        (folder / name).mkdir(parents=True)
        for i in range(64):
            Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(folder / name / f"{i}.png")
    lines = ["city,age,income"]
    for _ in range(600):
        city = rng.choice(["Ulm", "Bonn", "Kiel"], p=[0.5, 0.3, 0.2])
        lines.append(f"{city},{rng.integers(18, 80)},{rng.gamma(2, 1000):.2f}")
    (folder / "people.csv").write_text("\n".join(lines) + "\n")


def call(folder, *arguments):
    subprocess.run([PROGRAM, *map(str, arguments)], cwd=folder, check=True, capture_output=True, text=True)


@pytest.fixture(name="runs", scope="module")
def short_runs(tmp_path_factory):
    """A folder with the runs, each trained when it is first asked for."""
    folder = tmp_path_factory.mktemp("runs")
    write_data(folder)

    def run(name):
        if not (folder / name).exists():
            extra = ["--crop", "none"] if name in ("conv", "classes", "dcgan", "residual") else []
            call(folder, "train", *RUNS[name], *extra, "--out", name, *SHORT)
        return folder / name

    return run


def exported(runs, name, ending, *more):
    """The path of a file with the run's player, and its examples."""
    run = runs(name)
    out = run / f"{len(list(run.iterdir()))}{ending}"
    call(run, "export", run, "--out", out, "--examples", 7, *more)
    return out, load_file(out.with_suffix(".examples.safetensors"))


def differences(found, expected):
    """The largest difference, in what the expected numbers vary by."""
    assert found.shape == expected.shape and found.dtype == expected.dtype and np.isfinite(expected).all()
    spread = expected.std(axis=0).max() if expected.ndim != 2 else expected.std(axis=0)
    return np.max(np.abs(found - expected) / np.maximum(spread, 1e-30))


def check_onnx(path, examples):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [entry.version for entry in model.opset_import] == [17] and model.ir_version == 8
    session = onnxruntime.InferenceSession(path)
    inputs = {port.name: examples[port.name] for port in session.get_inputs()}
    (output,) = session.get_outputs()
    (all_at_once,) = session.run(None, inputs)
    assert differences(all_at_once, examples[output.name]) < 1e-5
    (one,) = session.run(None, {name: x[:1] for name, x in inputs.items()})
    assert np.abs(one - all_at_once[:1]).max() <= 1e-5 * max(1, np.abs(all_at_once).max())
    return model, inputs


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_onnx_runtime_computes_what_saddle_does(runs, name, player):
    path, examples = exported(runs, name, ".onnx", "--player", player)
    model, inputs = check_onnx(path, examples)
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert facts["player"] == player and facts["samples"] == "320"
    conditional = name in ("classes", "residual", "told")
    assert ("labels" in inputs) == (conditional and (name, player) != ("told", "discriminator"))
    if conditional:
        assert json.loads(facts["labels"]) == (["Kiel", "Bonn", "Ulm"] if name == "told" else ["cat", "dog"])
    if name in ("rows", "told"):
        assert [column["role"] for column in json.loads(facts["codec"])] == ["levels", "levels", "number"]
        assert [column["name"] for column in json.loads(facts["schema"])["columns"]] == ["city", "age", "income"]


def test_points_come_in_the_units_and_the_type_of_saddle_sample(runs, saddle, tmp_path):
    for name, dtype in (("points", np.float32), ("far", np.float64)):
        path, examples = exported(runs, name, ".onnx")
        assert examples["x"].dtype == dtype
        session = onnxruntime.InferenceSession(path)
        z = np.random.default_rng(1).standard_normal((4000, examples["z"].shape[1])).astype(np.float32)
        (x,) = session.run(None, {"z": z})
        assert saddle("sample", runs(name), "--count", 4000, "--out", f"{name}.npy").returncode == 0
        theirs = np.load(tmp_path / f"{name}.npy")
        assert theirs.dtype == dtype
        error = (x.std(0) + theirs.std(0)) / np.sqrt(4000)
        assert np.all(np.abs(x.mean(0) - theirs.mean(0)) < 5 * error)


@pytest.mark.parametrize("name", ["points", "classes", "told"])
def test_safetensors_have_the_checkpoints_names_and_average(runs, name):
    path, _ = exported(runs, name, ".safetensors")
    weights = load_file(path)
    checkpoint = load_file(max((runs(name) / "checkpoints").iterdir()) / "tensors.safetensors")
    prefix = "generator." if name == "classes" else "average."
    own = {key.removeprefix(prefix): x for key, x in checkpoint.items() if key.startswith(prefix)}
    assert own and all(np.array_equal(weights[key], x) for key, x in own.items())
    assert all(x.size <= 4 for key, x in weights.items() if key not in own and x.dtype == np.float32)


def test_spectral_norm_is_folded(runs):
    path, _ = exported(runs, "points", ".safetensors", "--player", "discriminator")
    weights = load_file(path)
    checkpoint = load_file(max((runs("points") / "checkpoints").iterdir()) / "tensors.safetensors")
    assert "discriminator.linear0.weight.singular" in checkpoint and "linear0.weight.singular" not in weights
    raw, folded = checkpoint["discriminator.linear0.weight"], weights["linear0.weight"]
    assert abs(np.linalg.norm(folded, 2) - 1) < 0.05
    assert np.allclose(folded / np.linalg.norm(folded), raw / np.linalg.norm(raw), atol=1e-6)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("player", ["generator", "discriminator"])
@pytest.mark.filterwarnings("ignore:.torch.jit.load. is deprecated")
def test_pytorch_computes_what_saddle_does(runs, torch, name, player):
    from load_in_pytorch import Player

    path, examples = exported(runs, name, ".safetensors", "--player", player)
    network = Player(path)
    inputs = [torch.from_numpy(examples[port["name"]]) for port in network.graph["inputs"]]
    result = network.graph["outputs"][0]["name"]
    assert differences(network(*inputs).detach().numpy(), examples[result]) < 1e-5
    assert {key.replace("_", ".") for key, _ in network.named_parameters()}
    program, examples = exported(runs, name, ".pt", "--player", player)
    facts = {"player": ""}
    loaded = torch.jit.load(str(program), _extra_files=facts)
    assert facts["player"] in (player, player.encode())
    assert differences(loaded(*inputs).detach().numpy(), examples[result]) < 1e-5


def test_the_example_of_the_docs_runs(runs, tmp_path):
    text = (ROOT / "docs/export.md").read_text()
    blocks = BLOCK.findall(text)
    assert len(blocks) == 2
    for name, block in zip(("conv", "rows"), blocks, strict=True):
        folder = tmp_path / name
        folder.mkdir()
        call(folder, "export", runs(name), "--out", "g.onnx", "--examples", 5)
        done = subprocess.run([sys.executable, "-c", block], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        if name == "conv":
            assert Image.open(folder / "0.png").size == (13, 10) and float(done.stdout.split()[-1]) < 1e-5
        else:
            lines = done.stdout.splitlines()
            assert lines[0] == "city,age,income" and len(lines) == 11
            assert {line.split(",")[0] for line in lines[1:]} <= {"Ulm", "Bonn", "Kiel"}
            assert all(18 <= float(line.split(",")[1]) < 80 for line in lines[1:])


# ---- what it says, and what it refuses ---------------------------------------------------------------------------


def test_it_says_what_it_wrote(runs, saddle, tmp_path):
    done = saddle("export", runs("conv"), "--out", "g.onnx", "--json")
    assert json.loads(done.stdout) == {
        "run": str(runs("conv")), "out": "g.onnx", "player": "generator", "samples": 320
    }  # fmt: skip
    assert (runs("ring") / "best").exists()
    done = saddle("export", runs("ring"), "--out", "h.onnx", "--which", "best")
    assert done.returncode == 0 and done.stdout.startswith("wrote the average of G to h.onnx (from ")
    assert saddle("export", runs("conv"), "--out", "i.onnx", "--quiet").stdout == ""
    one, other = ((tmp_path / name).read_bytes() for name in ("g.onnx", "i.onnx"))
    assert one == other


@pytest.mark.parametrize(
    "arguments, code, text",
    [
        (["conv"], 2, "export: expected RUN and --out FILE"),
        (["--out", "g.onnx"], 2, "export: expected RUN and --out FILE"),
        (["conv", "--out", "g.tflite"], 2, "--out: expected FILE.onnx or FILE.safetensors or FILE.pt, got g.tflite"),
        (["conv", "--out", "g"], 2, "--out: expected FILE.onnx or FILE.safetensors or FILE.pt, got g"),
        (["conv", "--out", "there.onnx"], 1, "there.onnx: expected a new file, got one that is there"),
        (["conv", "--out", "new.onnx", "--examples", 1], 1, "new.examples.safetensors: expected a new file"),
        (["conv", "--out", "no/g.onnx"], 1, "no/g.onnx: cannot be written: there is no folder no"),
        (["nothing", "--out", "g.onnx"], 1, "nothing"),
        (["conv", "--out", "g.onnx", "--player", "critic"], 2, "--player: "),
        (["conv", "--out", "g.onnx", "--which", "first"], 2, "--which: unknown checkpoint 'first'"),
        (["conv", "--out", "g.onnx", "--examples", 0], 2, "--examples: "),
        (["best", "--out", "g.onnx", "--which", "best", "--player", "discriminator"], 1, "(--which last)"),
        (["mixture", "--out", "g.onnx"], 1, "expected a run of saddle train, whose players are networks, got one of "),
        (["trees", "--out", "g.onnx"], 1, "got one of saddle trees"),
    ],
)
def test_bad_input_gets_one_line(runs, tmp_path, refused, arguments, code, text):
    folder, data = tmp_path, runs("conv").parent
    if arguments[0] in ("conv", "best"):
        (folder / arguments[0]).symlink_to(runs("conv" if arguments[0] == "conv" else "ring"))
    if "mixture" in arguments:
        call(folder, "mle", data / "points.npy", "--components", 1, "--out", "mixture", "--quiet")
    if "trees" in arguments:
        call(folder, "trees", data / "people.csv", "--out", "trees", "--quiet")
    (folder / "there.onnx").write_text("")
    (folder / "new.examples.safetensors").write_text("")
    before = sorted(folder.iterdir())
    assert text in refused("export", *arguments, code=code)
    assert sorted(folder.iterdir()) == before and (folder / "there.onnx").read_text() == ""
