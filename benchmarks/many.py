"""Measures opening 10^5 and 10^6 small images, as PNG files and as .npy pieces, and says what 10^7 would take.

Run by ./run bench many [COUNT...]; the pictures are written to TMPDIR, 8 GB for a million, and deleted. One thread
reads; seconds are those of the processor, with those of the clock behind a stroke. SADDLE_BUILD names the build folder.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = Path(os.environ.get("SADDLE_BUILD", Path(__file__).resolve().parent.parent / "build/release")).resolve()
MEMORIES = (40_000_000, 2_000_000_000)  # bytes: a mapped file from 13,000 and from 650,000 images on
IMAGE = 32 * 32 * 3  # bytes of one in the store
PLANNED = 10_000_000
TRAIN = "--network dcgan --image-size 32 --samples 1024 --threads 1 --metrics none --quiet".split()
NEVER = "--evaluate-every 100000000 --checkpoint-every 100000000".split()


def disk_bytes(folder):
    """What a folder takes on the disk, blocks and all, and what is in its files."""
    blocks = content = 0
    for where, _, names in os.walk(folder):
        for name in names:
            status = os.stat(os.path.join(where, name))
            blocks += 512 * status.st_blocks
            content += status.st_size
    return blocks, content


def train_peak(data, folder):
    """The most memory that a short run of saddle train held."""
    process = subprocess.Popen([BUILD / "saddle", "train", data, "--out", f"{folder}/run", *TRAIN, *NEVER])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    subprocess.run(["rm", "-r", f"{folder}/run"], check=True)
    assert process.returncode == 0
    return 1024 * usage.ru_maxrss


def measured(data, memory):
    """What bench_load says of opening data."""
    command = [BUILD / "benchmarks/bench_load", "open", data, str(memory)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)


def seconds(pair):
    """Of the processor, and of the clock behind a stroke."""
    return f"{pair[1]:.2f} | {pair[0]:.2f}"


def measure(count):
    """Prints the rows of one count."""
    with tempfile.TemporaryDirectory(prefix="saddle-bench-") as folder:
        subprocess.run([BUILD / "benchmarks/bench_load", "small", folder, str(count)], check=True)
        for kind in ("images", "pieces"):
            blocks, content = disk_bytes(f"{folder}/{kind}")
            print(f"\n{count} {kind}: {content / 1e6:.0f} MB in {blocks / 1e6:.0f} MB of the disk, ", end="")
            print(f"store {count * IMAGE / 1e6:.0f} MB; saddle train holds at most ", end="")
            print(f"{train_peak(f'{folder}/{kind}', folder) / 1e6:.0f} MB", flush=True)
            for memory in MEMORIES:
                found = measured(f"{folder}/{kind}", memory)
                print(
                    f"  --memory {memory:>10}: list {seconds(found['list'])}, open {seconds(found['open'])}, ", end=""
                )
                print(f"peak {found['peak'] / 1e6:.0f} MB, kept {found['kept'] / 1e6:.0f} MB; ", end="")
                epochs = [f"{ranks}: {seconds(found[f'epoch {ranks}'])}" for ranks in (1, 8, 64)]
                print("an epoch by ranks, each, " + ", ".join(epochs), flush=True)
                share = PLANNED / count
                print(f"    at this pace {PLANNED} take: open {found['open'][1] * share / 60:.1f} min, ", end="")
                print(f"an epoch {found['epoch 1'][1] * share:.0f} s of one rank's processor")


def main():
    for count in [int(text) for text in sys.argv[1:]] or (100_000, 1_000_000):
        measure(count)


if __name__ == "__main__":
    main()
