"""Results that outlive a stop: one JSON line each in build/bench_NAME.jsonl; only those of this very build count."""

import hashlib
import json
import os
from pathlib import Path

BUILD = Path(os.environ.get("SADDLE_BUILD", Path(__file__).resolve().parent.parent.parent / "build/release")).resolve()


class Kept:
    """Results by a key: a list of words and numbers that says all that a result depends on, but for the program."""

    def __init__(self, name, program):
        """`program`: the file that a result depends on, or None for results of other people's programs."""
        self.file = BUILD.parent / f"bench_{name}.jsonl"
        self.build = "peer" if program is None else hashlib.sha256(program.read_bytes()).hexdigest()[:16]
        self.results = {}
        if self.file.exists():
            for text in self.file.read_text().splitlines():
                line = json.loads(text)
                if line["build"] == self.build:
                    self.results[json.dumps(line["key"])] = line["result"]

    def __contains__(self, key):
        return json.dumps(key) in self.results

    def __getitem__(self, key):
        return self.results[json.dumps(key)]

    def __setitem__(self, key, result):
        self.results[json.dumps(key)] = result
        with self.file.open("a") as file:
            file.write(json.dumps({"build": self.build, "key": key, "result": result}) + "\n")

    def get(self, key, make):
        """The result of that key, made by `make()` where it is not known."""
        if key not in self:
            self[key] = make()
        return self[key]
