"""`saddle measure --critic`: the network among the critics, as a file that gives its logits elsewhere."""

import json
import warnings

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image


@pytest.fixture(name="sides", autouse=True)
def two_sides(tmp_path):
    """p.npy and q.npy, points of three numbers; and folders of images, p and q."""
    draw = np.random.default_rng(0)
    np.save(tmp_path / "p.npy", draw.standard_normal((250, 3)) * [1, 1, 100])
    np.save(tmp_path / "q.npy", draw.standard_normal((250, 3)) * [1, 2, 100] + [1, 0, 0])
    for side, top in (("p", 256), ("q", 200)):
        (tmp_path / side).mkdir()
        for i in range(60):
            Image.fromarray(draw.integers(0, top, (10, 13), dtype=np.uint8)).save(tmp_path / side / f"{i}.png")
    return tmp_path


def logits(path, x):
    """What ONNX Runtime makes of rows by a critic's file; and the file's facts."""
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path)
    (result,) = session.run(["logit"], {"x": x})
    (one,) = session.run(["logit"], {"x": x[:1]})
    assert np.abs(one - result[:1]).max() < 1e-5 * max(1, np.abs(result).max())
    return result, session.get_modelmeta().custom_metadata_map


def value(p_logits, q_logits):
    """V, in nats."""
    return -np.logaddexp(0, -p_logits).mean() - np.logaddexp(0, q_logits).mean()


def test_points_get_a_critic_that_tells_them_apart(measure, sides):
    found = measure("p.npy", "q.npy", "--critic", "d.onnx", "--threads", 1)
    told = found["critic_file"]
    assert told["path"] == "d.onnx" and told["network"] == "perceptron" and told["folds"] == 3
    p, q = (np.load(sides / f"{name}.npy") for name in "pq")
    p_logits, facts = logits(sides / "d.onnx", p)
    q_logits, _ = logits(sides / "d.onnx", q)
    # two thirds of these rows it was fitted on
    assert value(p_logits, q_logits) == pytest.approx(told["value"], abs=0.25)
    assert value(p_logits, q_logits) > -1.386 + 2 * found["js"]["certified_lower"] - 0.1
    assert facts["player"] == "critic" and facts["logit"] == "log-odds of P against Q"
    assert float(facts["value"]) == told["value"] and json.loads(facts["columns"]) == ["x0", "x1", "x2"]
    assert "critic_file" not in measure("p.npy", "q.npy", "--threads", 1)


def test_all_files_give_the_same_logits(saddle, torch, sides):
    for name, of in (("p.npy", "q.npy"), ("p", "q")):
        for ending in (".onnx", ".pt", ".safetensors"):
            done = saddle(
                "measure",
                name,
                of,
                "--critic",
                f"{name}{ending}",
                "--threads",
                1,
                "--metric",
                "js",
                "--noise",
                1,
                "--divergence",
                "kl",
            )
            assert (
                done.returncode == 0
                and "critic: the " in done.stdout
                and f" to {name}{ending}; alone, V is" in done.stdout
            )
    images = np.stack([np.asarray(Image.open(sides / f"p/{i}.png")) for i in range(50)])
    for name, x in (("p.npy", np.load(sides / "p.npy")), ("p", (images[:, None] / 127.5 - 1).astype(np.float32))):
        expected, _ = logits(sides / f"{name}.onnx", x)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.jit.load(str(sides / f"{name}.pt"))
        assert np.abs(program(torch.from_numpy(x)).detach().numpy() - expected).max() < 1e-5
        from load_in_pytorch import Player

        player = Player(sides / f"{name}.safetensors")
        assert np.abs(player(torch.from_numpy(x)).detach().numpy() - expected).max() < 1e-5


def test_what_no_network_is_fitted_to_is_refused_before_the_work(refused, sides):
    np.save(sides / "one.npy", np.arange(100.0))
    (sides / "t.csv").write_text("c,n\n" + "".join(f"{'ab'[i % 2]},{i % 7}\n" for i in range(100)))
    (sides / "gaps.csv").write_text("m,n\n" + "".join(f"{i * 7 % 11 or ''},{i % 7}\n" for i in range(100)))
    (sides / "there.onnx").write_text("")
    for arguments, code, text in [
        (
            ["p.npy", "q.npy", "--critic", "d.h5"],
            2,
            "--critic: expected FILE.onnx or FILE.safetensors or FILE.pt, got d.h5",
        ),
        (["p.npy", "q.npy", "--critic", "there.onnx"], 1, "there.onnx: expected a new file, got one that is there"),
        (["p.npy", "q.npy", "--critic", "no/d.onnx"], 1, "no/d.onnx: cannot be written: there is no folder no"),
        (["p", "q", "--critic", "d.onnx", "--metric", "kd"], 2, "--critic: expected js among --metric, got none"),
        (["p.npy", "q.npy", "--critic", "d.onnx", "--stream", "s"], 2, "measure: expected no --critic with --stream"),
        (["one.npy", "one.npy", "--critic", "d.onnx"], 1, "--critic: expected rows of several numbers"),
        (["t.csv", "t.csv", "--critic", "d.onnx"], 1, "got categories in column 'c' (--drop leaves a column out)"),
        (["gaps.csv", "gaps.csv", "--critic", "d.onnx"], 1, "--critic: expected numbers alone, got missing values"),
    ]:
        assert text in refused("measure", *arguments, "--threads", 1, code=code)
        assert not (sides / "d.onnx").exists()


def test_of_the_same_rows_none_is_written(measure, sides):
    found = measure("p.npy", "p.npy", "--critic", "d.onnx", "--threads", 1)
    assert "no critic is written of the same rows" in found["warnings"] and "critic_file" not in found
    assert not (sides / "d.onnx").exists()
