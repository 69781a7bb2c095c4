"""Generators in TorchScript files as a side of `saddle measure`: those of PyTorch and of `saddle export`."""

import json
import warnings

import numpy as np
import pytest

SHORT = ["--samples", 640, "--batch-size", 32, "--evaluate-every", 640, "--threads", 1, "--quiet"]
SMALL = ["--generator-width", 8, "--discriminator-width", 8]
FEW = ["--allow-code", "--threads", 1, "--count", 150, "--divergence", "kl"]
IMAGES = ["--metric", "fd", "--features", "random"]


@pytest.fixture(name="scripted")
def write_script(torch, tmp_path):
    """Writes a module to a file as TorchScript; returns the file's name."""

    def write(module, name="g.pt"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's, that it is deprecated
            torch.jit.script(module).save(str(tmp_path / name))
        return name

    return write


@pytest.fixture(name="points")
def three_numbers(tmp_path):
    """points.npy, 200 draws of N(0, I) in three dimensions."""
    np.save(tmp_path / "points.npy", np.random.default_rng(0).standard_normal((200, 3)))
    return "points.npy"


def linear(torch, scale=1.0, out=3):
    """A generator of N(0, scale^2 I)."""
    layer = torch.nn.Linear(4, out, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(out, 4) * scale)
    return layer


def without_times(found):
    found.pop("seconds")
    return found


def test_a_generator_is_drawn_as_often_as_the_other_side_has_rows(torch, scripted, points, measure):
    same = measure(points, scripted(linear(torch)), "--latent-dim", 4, "--allow-code", "--threads", 1)
    assert same["q"]["count"] == 200 and same["js"]["certified_lower"] == 0
    wide = scripted(linear(torch, 10.0), "wide.pt")
    other = measure(points, wide, "--latent-dim", 4, *FEW)
    assert other["q"]["count"] == 150 and other["js"]["certified_lower"] > 0.1
    again = measure(points, wide, "--latent-dim", 4, *FEW)
    assert without_times(again) == without_times(other)
    beside = measure(wide, scripted(linear(torch, 10.0), "also.pt"), "--latent-dim", 4, *FEW)
    assert beside["p"]["count"] == 150 and beside["shared_rows"]["count"] == 0  # of other latents


def test_what_the_program_draws_itself_follows_from_the_seed(torch, scripted, points, measure):
    class Noisy(torch.nn.Module):
        def forward(self, z):
            return z[:, :3] + 0.3 * torch.randn_like(z[:, :3])

    name = scripted(Noisy())
    first, again = (measure(points, name, "--latent-dim", 4, *FEW) for _ in range(2))
    assert without_times(first) == without_times(again)


def test_images_are_drawn_in_blocks_and_again(torch, scripted, measure, tmp_path):
    class Images(torch.nn.Module):
        def forward(self, z):
            return (z.unsqueeze(2) * z.unsqueeze(1)).unsqueeze(1).tanh() + 0.1 * torch.randn(z.size(0), 1, 8, 8)

    draw = np.random.default_rng(0)
    np.save(tmp_path / "images.npy", draw.integers(0, 256, (150, 8, 8), dtype=np.uint8))
    found = measure("images.npy", scripted(Images()), "--latent-dim", 8, *FEW, *IMAGES)
    assert found["q"]["count"] == 150 and found["metrics"]["fd"]["estimate"] > 0
    assert all("black" not in text for text in found["warnings"])

    class Bright(torch.nn.Module):
        def forward(self, z):
            return z.unsqueeze(1).unsqueeze(1).expand(-1, 1, 8, 8).sigmoid()

    odd = measure("images.npy", scripted(Bright(), "bright.pt"), "--latent-dim", 8, *FEW, *IMAGES)
    assert any("bright.pt: expected images from -1 (black)" in text for text in odd["warnings"])


def test_a_file_of_saddle_export_says_its_latents(saddle, points, measure, tmp_path):
    assert saddle("train", points, "--out", "run", *SHORT, *SMALL, "--latent-dim", 5).returncode == 0
    assert saddle("export", "run", "--out", "run.pt").returncode == 0
    fresh = np.random.default_rng(1).standard_normal((200, 3))
    np.save(tmp_path / "fresh.npy", fresh)
    of_file, of_run = measure("fresh.npy", "run.pt", *FEW), measure("fresh.npy", "run", *FEW[1:])
    error = of_file["js"]["standard_error"] + of_run["js"]["standard_error"]
    assert abs(of_file["js"]["estimate"] - of_run["js"]["estimate"]) < 4 * error  # of other latents


def test_what_is_no_generator_of_samples_is_refused(torch, scripted, points, refused, saddle, tmp_path):
    class Two(torch.nn.Module):
        def forward(self, z):
            return z, z

    class Endless(torch.nn.Module):
        def forward(self, z):
            return z / 0

    class Bytes(torch.nn.Module):
        def forward(self, z):
            return z[:, :1].unsqueeze(1).unsqueeze(1).expand(-1, 1, 8, 8) * 255

    class Whole(torch.nn.Module):
        def forward(self, z):
            return z.to(torch.int64)

    class Mixing(torch.nn.Module):
        def forward(self, z):
            return z - z.mean(0)

    name = scripted(linear(torch))
    text = refused("measure", points, name, "--latent-dim", 4, code=1)
    assert text.startswith("g.pt: expected leave to run it, got none: a TorchScript file is a program (--allow-code")
    text = refused("measure", points, name, "--allow-code", code=2)
    assert text == "g.pt: expected --latent-dim N, how many numbers its latents z have, got none"
    for module, text in [
        (linear(torch), "expected a network of latents z [n, 5] float32 (--latent-dim), got one that fails on them"),
        (Two(), "expected a network that returns one tensor, got a Tuple"),
        (Endless(), "expected a generator of finite numbers, got NaN or infinity"),
        (Bytes(), "expected images from -1 (black) to 1 (white), got values from "),
        (Whole(), "expected a generator of points [64, d] or images [64, C, H, W] in floats, got Long [64, 5]"),
        (Mixing(), "expected samples that do not depend on those beside them"),
    ]:
        name = scripted(module, "other.pt")
        assert refused("measure", points, name, "--latent-dim", 5, *FEW, code=1).startswith(f"other.pt: {text}")
    assert "expected samples of the shape of points.npy, [3], got [2]" in refused(
        "measure", points, scripted(linear(torch, out=2)), "--latent-dim", 4, *FEW, code=1
    )
    torch.save({"weight": torch.ones(3)}, tmp_path / "state.pt")
    assert "a file of PyTorch's (numpy.save" in refused("measure", points, "state.pt", *FEW, code=1)
    whole = (tmp_path / "g.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[:200] + whole[300:])
    assert "cut.pt: expected a TorchScript file" in refused("measure", points, "cut.pt", *FEW, code=1)


def test_players_that_need_more_than_latents_are_refused(saddle, refused, points, tmp_path):
    rows = "".join(f"{'ab'[i % 2]},{i % 7}\n" for i in range(400))
    (tmp_path / "t.csv").write_text("c,n\n" + rows)
    for run, data in (("run", points), ("rows", "t.csv")):
        assert saddle("train", data, "--out", run, *SHORT, *SMALL).returncode == 0
        assert saddle("export", run, "--out", f"{run}.pt").returncode == 0
    assert saddle("export", "run", "--out", "d.pt", "--player", "discriminator").returncode == 0
    assert refused("measure", points, "d.pt", *FEW, code=1) == "d.pt: expected a generator, got a discriminator"
    assert refused("measure", "t.csv", "rows.pt", *FEW, code=1) == (
        "rows.pt: expected a generator of latents alone, got one of a table's encoded rows (measure the run that it "
        "was exported from)"
    )


def test_features_of_it_can_be_had(torch, scripted, saddle, tmp_path):
    class Images(torch.nn.Module):
        def forward(self, z):
            return (z.unsqueeze(2) * z.unsqueeze(1)).unsqueeze(1).tanh()

    name = scripted(Images())
    done = saddle("features", name, "--features", "random", "--latent-dim", 16, *FEW[:5], "--out", "f.npy", "--json")
    assert json.loads(done.stdout)["count"] == 150, done
    assert np.load(tmp_path / "f.npy").shape[0] == 150
