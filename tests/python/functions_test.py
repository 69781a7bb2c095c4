"""Sides that a function draws: asked for some at a time, and refused in one line where it does not do its part."""

import numpy as np
import pytest
from conftest import without_names

X = np.random.default_rng(0).normal(size=(300, 2))


class Draws:
    """A function of the number of samples that keeps what it was asked for."""

    def __init__(self, make=lambda draw, n: draw.normal(size=(n, 2)) + 0.6):
        self.make, self.draw, self.asked = make, np.random.default_rng(1), []

    def __call__(self, n):
        self.asked.append(n)
        return self.make(self.draw, n)


def test_it_is_asked_for_as_many_samples_as_the_other_side_has(saddle):
    function = Draws()
    assert saddle.measure(X, function, threads=1).to_dict()["q"]["count"] == 300
    saddle.measure(X, function, count=200, threads=1)
    assert function.asked == [300, 200]
    assert saddle.measure(function, X, threads=1).p_value < 0.05


def test_it_is_asked_for_some_at_a_time(saddle):
    function, told = Draws(), []
    found = saddle.measure(X, function, batch_size=128, threads=1, progress=lambda *moment: told.append(moment))
    assert function.asked == [128, 128, 44]
    assert ("sampling Q", 300, 300, "") in told
    drawn = Draws()
    parts = np.concatenate([drawn(n) for n in function.asked])
    assert without_names(found.to_dict()) == without_names(saddle.measure(X, parts, threads=1).to_dict())


def test_its_memory_may_be_the_same_at_every_call(saddle):
    memory, function = np.empty((100, 2)), Draws()

    def draw(n):
        memory[:n] = function(n)
        return memory[:n]

    first = saddle.measure(X, draw, batch_size=100, threads=1)
    assert first.js == saddle.measure(X, Draws(), batch_size=100, threads=1).js


def test_it_may_return_frames_and_be_a_method(saddle, frame):
    pd = pytest.importorskip("pandas")
    draw = np.random.default_rng(3)
    frame = frame[["age", "sex", "zip"]]
    found = saddle.measure(frame, lambda n: frame.sample(n, replace=True, random_state=draw), count=500, batch_size=200)
    assert found.to_dict()["q"]["count"] == 500 and set(found.columns) == {"age", "sex", "zip"}
    mixture = saddle.MixtureDensity(random_state=0).fit(X)
    assert saddle.measure(X, mixture.sample, threads=1).js.at_least == 0
    columns = iter("abcdef")
    with pytest.raises(saddle.Error, match="Q: expected samples of one shape"):
        saddle.measure(frame, lambda n: pd.DataFrame({next(columns): np.zeros(n)}), batch_size=300)


def test_a_generator_that_has_collapsed_is_measured(saddle):
    assert saddle.measure(X, lambda n: np.zeros((n, 2)), batch_size=50, threads=1).js.at_least > 0.3


def fail(_):
    raise ValueError("no weights\nand more lines")


@pytest.mark.parametrize(
    "function, text",
    [
        (fail, "Q: expected a function that returns 100 samples, got ValueError: no weights"),
        (lambda: X, r"Q: expected a function that returns 100 samples, got TypeError: .*takes 0 positional"),
        (lambda n: None, "Q: expected a function that returns samples, got one that returns NoneType"),
        (lambda n: "x.npy", "Q: expected a function that returns samples, got one that returns str"),
        (lambda n: X[: n - 1], r"Q: expected 100 samples of its function, got the shape \[99, 2\]"),
        (lambda n: X[:n].T, r"Q: expected 100 samples of its function, got the shape \[2, 100\]"),
        (lambda n: X[:n].astype(object), "Q: expected an array of numbers, got an array of objects"),
        (lambda n: X[:n] * 1j, "Q: expected real numbers, got complex128"),
        (lambda n: X[:n], "Q: expected new samples at every call, got the same ones twice"),
        (Draws(lambda draw, n: draw.normal(size=(n, 2)) / (draw.random((n, 1)) > 0.1)), "Q: expected finite numbers"),
        (Draws(lambda draw, n: draw.normal(size=(n, draw.integers(1, 10)))), "Q: expected samples of one shape, got"),
        (Draws(lambda draw, n: draw.normal(size=(n, 3))), "P: |Q: |columns|shape"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_what_it_does_wrong_is_told_in_one_line(saddle, function, text):
    with pytest.raises(saddle.Error, match=text) as caught:
        saddle.measure(X, function, batch_size=100)
    assert "\n" not in str(caught.value)


def test_an_interrupt_within_it_is_python_s_own(saddle):
    def interrupted(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        saddle.measure(X, interrupted)
    with pytest.raises(saddle.UsageError, match="batch_size: expected"):
        saddle.measure(X, Draws(), batch_size=0)
