"""The words for a distance have one meaning each in everything that a user reads: at least, estimate, exact."""

import re

import pytest
from conftest import ROOT

# Each old way of speaking, and a sentence that it stood in.
OLD = {
    r"[Bb]etween [^ ]+ and .*interval": "Between ${measured(lower)} and ${measured(upper)} (95 % interval)",
    r"JSD bound|[Ll]ower bound on the (distance|JSD)": "JSD bound 0.354",
    r"at least about": "The JSD is only known to be at least about 0.4",
    r"[Bb]est guess": "Best guess of the JSD",
    r"with a confidence interval, how far": "and says, with a confidence interval, how far the generator is",
    r"JSD, estimated|estimated JSD": "JSD, estimated",
    r"certified: at least|certified at least": "JSD 0.4 on test, certified at least 0.35",
    r"JSD[^|\n]{0,25}(\+-|\u00b1) ?[%0-9]": "JSD 0.405 +- 0.026 nats on test",
    r"[Bb]ars are two standard errors": "Bars are two standard errors.",
    r"(estimate|JSD)[^.|]{0,60}with its (95 % )?interval": "what a critic on samples estimates, with its 95 % interval",
    r"the bound holds all the same|V and the bound": "speed, time left, V and the bound:",
    r"band: pointwise": "band: pointwise 95 %",
}


def user_texts():
    """Everything that a user may read: the program's sources and pages, the documents, the examples."""
    patterns = [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "docs/*.md",
        "docs/help/*.txt",
        "cli/*.cpp",
        "cli/*.h",
        "web/*.js",
        "web/*.html",
        "examples/*",
        "saddle/training/*.cpp",
        "saddle/lab/*.cpp",
        "saddle/critics/*.cpp",
        "run",
    ]
    return {pattern: [path for path in ROOT.glob(pattern) if path.is_file()] for pattern in patterns}


def test_every_kind_of_text_is_looked_at():
    found = user_texts()
    assert all(found.values()), [pattern for pattern, files in found.items() if not files]
    names = {path.name for files in found.values() for path in files}
    assert {
        "headline.cpp",
        "verdict.js",
        "catalogue.js",
        "report.js",
        "readings.js",
        "measure.js",
        "train.txt",
        "theory.md",
    } <= names


@pytest.mark.parametrize("pattern", OLD)
def test_the_old_words_for_a_distance_are_gone(pattern):
    assert re.search(pattern, OLD[pattern]), "the pattern does not find its own example"
    for files in user_texts().values():
        for path in files:
            text = re.sub(r"""["`] \+\n\s*["`]""", "", path.read_text())  # a text of a script goes over several lines
            found = re.search(pattern, text)
            assert not found, f"{path.relative_to(ROOT)}: {found.group()}"


def test_that_a_confidence_speaks_of_one_moment_is_said():
    for name in ("web/report.js", "web/readings.js", "docs/formats.md", "ARCHITECTURE.md"):
        assert re.search(r"(one|that|each) moment\s+alone", (ROOT / name).read_text()), name
