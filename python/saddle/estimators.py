"""Generators with the conventions of scikit-learn, which need not be installed: fit, sample, score."""

import inspect
import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from saddle import _saddle
from saddle._data import array_of, is_tensor
from saddle._frames import is_frame
from saddle._saddle import Error, UsageError
from saddle.measurement import measure
from saddle.runs import Run, mle, train, trees


def _packed(folder):
    """A run directory as the bytes of an archive, without the training data, which no generator needs."""
    made, root = io.BytesIO(), Path(folder)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root)
            if path.is_file() and (name.parts[0] != "data" or name.name == "dtypes.json"):
                archive.write(path, name)
    return made.getvalue()


class _Estimator:
    """Parameters by name, as scikit-learn's `clone` and its searches want them, and a run in a folder of its own."""

    @classmethod
    def _names(cls):
        return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")

    def get_params(self, deep=True):
        """{name: value} of the parameters."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **parameters):
        """Sets some of the parameters. Returns: self."""
        for name, value in parameters.items():
            if name not in self._names():
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self!r}. Valid parameters: {self._names()}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self):
        defaults = {name: p.default for name, p in inspect.signature(type(self).__init__).parameters.items()}
        changed = [f"{n}={v!r}" for n, v in self.get_params().items() if v is not defaults[n] and v != defaults[n]]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __getstate__(self):
        """For pickle and copies: everything, and the run as bytes."""
        state = self.__dict__.copy()
        if state.pop("_folder", None) is not None:
            state["run_"] = _packed(self.run_.path)
        return state

    def __setstate__(self, state):
        packed = state.pop("run_", None)
        self.__dict__.update(state)
        if packed is not None:
            self._folder = tempfile.TemporaryDirectory(prefix="saddle-")
            zipfile.ZipFile(io.BytesIO(packed)).extractall(f"{self._folder.name}/run")
            self.run_ = Run(f"{self._folder.name}/run")

    def __sklearn_tags__(self):
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=self._estimator_type,
            target_tags=TargetTags(required=False),
            input_tags=InputTags(allow_nan=self._may_miss_values, string=self._may_miss_values),
        )

    _estimator_type = None
    _may_miss_values = True

    def _seed(self):
        if self.random_state is None:
            return 0
        if isinstance(self.random_state, np.random.RandomState):
            return int(self.random_state.randint(2**31))
        return self.random_state

    def _fit_run(self, function, X, **options):
        folder = tempfile.TemporaryDirectory(prefix="saddle-")
        # no keyword of `function` that is set to None is an option
        run = function(X, out=f"{folder.name}/run", seed=self._seed() or None, **options, **(self.options or {}))
        self._folder, self.run_ = folder, run
        self.n_features_in_ = X.shape[1] if getattr(X, "ndim", 2) > 1 else 1
        if is_frame(X) and all(isinstance(name, str) for name in X.columns):
            self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        self._draws = 0
        return self

    def _fitted(self):
        if not hasattr(self, "run_"):
            try:
                from sklearn.exceptions import NotFittedError
            except ImportError:
                NotFittedError = Error
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet. Call 'fit' before.")
        return self.run_

    def sample(self, n_samples=1, *, where=None):
        """Draws new rows, other ones at each call: a DataFrame, or an array, as what was fitted.

        where: a condition that the rows are to meet, or several.
        """
        run = self._fitted()
        seed = (self._seed() + self._draws * 0x9E3779B97F4A7C15) % 2**64  # the first call's is the seed itself
        made = run.sample(n_samples, where=where, seed=seed, **self._drawing())
        self._draws += 1
        return made[0] if isinstance(made, tuple) else made

    def _drawing(self):
        return {}

    def score(self, X, y=None):
        """Minus the estimated JSD between X and as many new rows, in nats: 0 is best, -log 2 = -0.693 worst.

        X must not be what was fitted; greater is better, as in scikit-learn's searches.
        """
        import warnings

        run = self._fitted()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = run.sample(len(X), seed=self._seed(), **self._drawing())
            return -measure(
                X, made[0] if isinstance(made, tuple) else made, seed=self._seed(), progress=False
            ).js.estimate


class TableGenerator(_Estimator):
    """A GAN for rows of tables, as `saddle train`: categories, missing values, times and keys come out as they went in.

    minutes: of training, unless samples says how many rows D sees. which: "best" or "last" of its generators.
    random_state: seed. options: a dictionary of further options of `saddle train` (docs/help/train.txt).
    Fitted: run_, a saddle.Run in a temporary folder.
    """

    def __init__(self, minutes=2, samples=None, which="best", random_state=None, options=None):
        self.minutes = minutes
        self.samples = samples
        self.which = which
        self.random_state = random_state
        self.options = options

    def fit(self, X, y=None):
        """Fits to a DataFrame, or to an array [n, d] of points. Returns: self."""
        minutes = None if self.samples else self.minutes
        return self._fit_run(train, X, minutes=minutes, samples=self.samples, progress=False)

    def _drawing(self):
        return {"which": self.which}


class TreeGenerator(_Estimator):
    """Sequential decision trees for rows of tables, as `saddle trees`: a second where a network takes minutes.

    leaf: training rows of a leaf, at least. random_state: seed. options: further options of `saddle trees`.
    """

    def __init__(self, leaf=50, random_state=None, options=None):
        self.leaf = leaf
        self.random_state = random_state
        self.options = options

    def fit(self, X, y=None):
        """Fits to a DataFrame. Returns: self."""
        if not is_frame(X):
            raise Error(
                f"X: expected a DataFrame, got {type(X).__name__} (TableGenerator and MixtureDensity take arrays)"
            )
        return self._fit_run(trees, X, leaf=self.leaf, progress=False)


class MixtureDensity(_Estimator):
    """A Gaussian mixture fitted by maximum likelihood, as `saddle mle`: with a density, unlike the generators.

    n_components: how many normal distributions; with select="bic" at most. covariance_type: "full", "diag" or
    "spherical"; None: full. random_state: seed. options: further options of `saddle mle` (docs/help/mle.txt).
    It is fitted to 8 rows in 10, the part `train`; options={"split": [98, 1, 1]} gives it more.
    """

    _estimator_type = "density_estimator"
    _may_miss_values = False

    def __init__(self, n_components=1, covariance_type=None, select="none", random_state=None, options=None):
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.select = select
        self.random_state = random_state
        self.options = options

    def fit(self, X, y=None):
        """Fits to points [n, d], or a DataFrame of numbers. Returns: self."""
        covariance = {"covariance": self.covariance_type, "select": self.select}
        return self._fit_run(mle, X, components=self.n_components, **covariance, progress=False)

    def score_samples(self, X):
        """The logarithm of the density at each row of X, in nats. Shapes: X [n, d]; result [n] float64."""
        run = self._fitted()
        if not is_frame(X) and not is_tensor(X):
            X = np.asarray(X)
        if getattr(X, "ndim", 0) != 2 or X.shape[1] != self.n_features_in_:
            raise UsageError(f"X: expected points [n, {self.n_features_in_}], got the shape {list(np.shape(X))}")
        points = array_of(X.to_numpy(dtype=float) if is_frame(X) else X, "X")
        if not np.isfinite(points).all():
            raise Error("X: expected finite numbers, got NaN or infinity")
        return _saddle.log_density(run.path, points)

    def score(self, X, y=None):
        """The mean of `score_samples`: the log-likelihood a row, in nats; greater is better."""
        return float(np.mean(self.score_samples(X)))
