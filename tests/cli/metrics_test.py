"""Tests of `saddle measure --metric` and `saddle features`: what they compute, refuse and write."""

import json

import numpy as np
import pytest

RNG = np.random.default_rng(5)


@pytest.fixture(name="features", scope="module")
def feature_arrays(tmp_path_factory):
    """p.npy and q.npy: 400 rows of 8 normal numbers, in Q shifted by 1 in the first; train.npy: of P's distribution."""
    folder = tmp_path_factory.mktemp("features")
    rng = np.random.default_rng(1)
    for name, shift in (("p", 0), ("q", 1), ("train", 0)):
        rows = rng.normal(size=(400, 8))
        rows[:, 0] += shift
        np.save(folder / f"{name}.npy", rows)
    return folder


@pytest.fixture(name="images", scope="module")
def image_arrays(tmp_path_factory):
    """p.npy, q.npy and train.npy: 120 grey images of 16 pixels a side, bars in places of their own; Q's are noisy."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(2)
    for name, noise in (("p", 0), ("q", 40), ("train", 0)):
        x = np.zeros((120, 16, 16), np.int64)
        for image in x:
            image[:, rng.integers(0, 14) : 16] = rng.integers(100, 200)
        np.save(folder / f"{name}.npy", (x + rng.integers(0, noise + 1, x.shape)).clip(0, 255).astype(np.uint8))
    return folder


def frechet(p, q):
    """The Frechet distance by numpy: the eigenvalues of the product of both covariances."""
    a, b = np.cov(p.T), np.cov(q.T)
    cross = np.sqrt(np.linalg.eigvals(a @ b).real.clip(0)).sum()
    return np.square(p.mean(0) - q.mean(0)).sum() + np.trace(a) + np.trace(b) - 2 * cross


def test_metrics_of_arrays_are_those_of_their_rows(measure, features):
    result = measure(features / "p.npy", features / "q.npy", "--metric", "fd,kd,precision,coverage")
    p, q = np.load(features / "p.npy"), np.load(features / "q.npy")
    assert list(result["metrics"]) == ["fd", "kd", "precision", "coverage"]
    assert "js" not in result and result["features"]["dimension"] == 8
    fd, kd = result["metrics"]["fd"], result["metrics"]["kd"]
    assert fd["estimate"] == pytest.approx(frechet(p, q), rel=1e-6)

    def kernel(x, y):
        return (x @ y.T / 8 + 1) ** 3

    def off(x):
        return (kernel(x, x).sum() - np.trace(kernel(x, x))) / (len(x) * (len(x) - 1))

    assert kd["estimate"] == pytest.approx(off(p) + off(q) - 2 * kernel(p, q).mean(), rel=1e-6)
    for value in result["metrics"].values():
        assert value["lower"] <= value["estimate"] <= value["upper"] and value["meaning"]


def test_images_get_every_metric_that_can_be_had(saddle, measure, images):
    result = measure(images / "p.npy", images / "q.npy")
    assert list(result["metrics"]) == ["fd", "kd", "precision", "recall", "density", "coverage"]
    assert result["js"]["estimate"] > 0.3 and "features" in [critic["name"] for critic in result["critics"]]
    assert result["features"]["images"] == {"channels": 1, "height": 16, "width": 16, "levels": 256}
    assert len(result["features"]["hash"]) == 16 and result["features"]["input"]
    text = saddle("measure", images / "p.npy", images / "q.npy", "--metric", "fd").stdout
    assert "Frechet distance" in text and "smaller is better" in text and result["features"]["hash"] in text


def test_copies_of_training_images_are_found(measure, images, tmp_path):
    train = np.load(images / "train.npy")
    np.save(tmp_path / "copied.npy", np.concatenate([train[:60], np.load(images / "q.npy")[:60]]))
    with_copies = measure(images / "p.npy", "copied.npy", "--metric", "copies", "--training", images / "train.npy")
    none = measure(images / "p.npy", images / "q.npy", "--metric", "copies", "--training", images / "train.npy")
    assert with_copies["metrics"]["copies"]["p_value"] < 0.05 < none["metrics"]["copies"]["p_value"]
    assert none["features"]["training_count"] == 120


def test_the_page_has_the_metrics_and_the_nearest_pairs(saddle, images, tmp_path):
    done = saddle(
        "measure", images / "p.npy", images / "q.npy", "--metric", "kd,copies", "--training", images / "train.npy",
        "--out", "page.html",
    )  # fmt: skip
    assert done.returncode == 0, done
    page = (tmp_path / "page.html").read_text()
    assert '"pairs":{"picture":"data:image/png;base64,' in page and '"Kernel distance"' in page


def test_features_are_written_for_other_tools(saddle, measure, images, tmp_path):
    for side in "pq":
        assert saddle("features", images / f"{side}.npy", "--out", f"{side}.npy").returncode == 0
    x = np.load(tmp_path / "p.npy")
    manifest = json.loads((tmp_path / "p.npy.json").read_text())
    assert x.dtype == np.float32 and x.shape == (120, manifest["dimension"]) and manifest["count"] == 120
    of_arrays = measure("p.npy", "q.npy", "--metric", "kd")["metrics"]["kd"]["estimate"]
    of_images = measure(images / "p.npy", images / "q.npy", "--metric", "kd")["metrics"]["kd"]["estimate"]
    assert of_arrays == pytest.approx(of_images, rel=1e-6)


def test_arrays_of_different_features_are_refused(saddle, refused, images, tmp_path):
    for side in "pq":
        saddle("features", images / f"{side}.npy", "--out", f"{side}.npy")
    manifest = json.loads((tmp_path / "q.npy.json").read_text())
    (tmp_path / "q.npy.json").write_text(json.dumps({**manifest, "hash": "0123456789abcdef"}))
    line = refused("measure", "p.npy", "q.npy", "--metric", "kd", code=1)
    assert line.startswith("q.npy: expected the features of p.npy") and "0123456789abcdef" in line


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["p.npy", "q.npy", "--metric", "fid"], 2, "unknown metric 'fid'"),
        (["p.npy", "q.npy", "--metric", "kd", "--features", "builtin"], 2, "--features: expected images"),
        (["p.npy", "q.npy", "--metric", "copies"], 1, "--training DATA names them"),
        (["p.npy", "q.npy", "--metric", "modes"], 1, "--metric modes: expected"),
        (["few.npy", "q.npy", "--metric", "fd"], 1, "kd"),
        (["narrow.npy", "q.npy", "--metric", "kd"], 1, "expected samples of the shape"),
        (["p.npy", "q.npy", "--metric", "kd", "--stream", "state"], 2, "neither --out nor --metric"),
        (["images.npy", "images.npy", "--metric", "kd", "--features", "images.npy"], 1, "images.npy"),
        (["images.npy", "images.npy", "--metric", "modes", "--training", "images.npy"], 1, "labels"),
        (["images.npy", "images.npy", "--metric", "kd", "--features", "inception"], 1, "inception"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(refused, features, tmp_path, arguments, code, words):
    for name in ("p", "q"):
        np.save(tmp_path / f"{name}.npy", np.load(features / f"{name}.npy"))
    np.save(tmp_path / "few.npy", np.load(features / "p.npy")[:60])
    np.save(tmp_path / "narrow.npy", np.load(features / "p.npy")[:, :5])
    np.save(tmp_path / "images.npy", RNG.integers(0, 255, (60, 16, 16), dtype=np.uint8))
    assert words in refused("measure", *arguments, code=code)


def test_features_of_points_are_refused(refused, features):
    assert "expected images" in refused("features", features / "p.npy", "--out", "x.npy", code=1)
    assert "FILE.npy" in refused("features", features / "p.npy", "--out", "x.csv", code=2)
