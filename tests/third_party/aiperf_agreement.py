"""`spark-tui bench` and NVIDIA's AIPerf measure the same simulated endpoint: do they agree?

Run: python -m tests.third_party.aiperf_agreement [--aiperf PATH] [--rates 100,1000,3000]

Both send the same prompts to `spark-tui sim` over Chat Completions: same counts of requests and
warm-up, same bound on the output, one after another. (Of a Responses answer that ends at its
bound AIPerf 0.13 takes no token count: it reads `response.completed` only.) Medians are compared;
the status is 1 when one differs by more than 3 %. Without --aiperf it is installed into a
throw-away environment (some hundred megabytes); it is no part of the project. Not a test of the
suite: AIPerf takes ten seconds to start, and a busy machine moves its figures.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spark_tui.bench.prompts import request_of

AIPERF = "aiperf==0.13.0"
LIMIT = 3.0
METRICS = (
    "time_to_first_token",
    "inter_token_latency",
    "output_token_throughput_per_user",
    "e2e_output_token_throughput",
    "request_latency",
)
SPARK = (sys.executable, "-m", "spark_tui")


def tokenizer(folder: Path) -> Path:
    """AIPerf wants one even where the server counts; this one needs no network."""
    folder.mkdir()
    table: dict[str, Any] = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
        **dict.fromkeys(("truncation", "padding", "normalizer", "post_processor", "decoder")),
    }
    (folder / "tokenizer.json").write_text(json.dumps(table))
    names = dict.fromkeys(("unk_token", "pad_token", "eos_token", "bos_token"), "[UNK]")
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


@contextmanager
def simulated(rate: int, ttft: int) -> Iterator[str]:
    """A simulated endpoint of its own; its address without `/v1`."""
    flags = ("sim", "--rate", str(rate), "--ttft", str(ttft))
    with subprocess.Popen((*SPARK, *flags), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1].removesuffix("/v1")
        finally:
            server.terminate()


def by_bench(url: str, given: argparse.Namespace, folder: Path) -> Mapping[str, Any]:
    """Our metrics."""
    home = folder / "config" / "spark-tui"
    home.mkdir(parents=True)
    table = f'base_url = "{url}/v1"\nwire = "chat"\nmodel = "simulated"\n'
    (home / "config.toml").write_text(f"[endpoints.here]\n{table}")
    counts = ("--sizes", str(given.size), "--requests", str(given.requests))
    bounds = ("--warmup", str(given.warmup), "--output-tokens", str(given.output))
    done = subprocess.run(
        (*SPARK, "bench", "--endpoint", "here", *counts, *bounds, "--json"),
        env={**os.environ, "XDG_CONFIG_HOME": str(folder / "config")},
        capture_output=True,
        text=True,
        check=True,
    )
    metrics: Mapping[str, Any] = json.loads(done.stdout)["results"][0]["metrics"]
    return metrics


def by_aiperf(url: str, given: argparse.Namespace, folder: Path) -> Mapping[str, Any]:
    """AIPerf's metrics."""
    prompts = folder / "prompts.jsonl"
    with prompts.open("w") as out:
        for _ in range(given.requests + given.warmup):
            text = request_of(given.size, given.output).messages[-1].text
            out.write(json.dumps({"text": text}) + "\n")
    subprocess.run(
        (
            *(str(given.aiperf), "profile", "-m", "simulated", "--url", url, "--ui", "none"),
            *("--endpoint-type", "chat", "--streaming", "--use-server-token-count"),
            *("--tokenizer", str(tokenizer(folder / "tokenizer"))),
            *("--input-file", str(prompts), "--custom-dataset-type", "single_turn"),
            *(
                "--extra-inputs",
                f"max_tokens:{given.output}",
                "--concurrency",
                "1",
                "--workers-max",
                "1",
            ),
            *("--request-count", str(given.requests)),
            *("--warmup-request-count", str(given.warmup)),
            *("--artifact-dir", str(folder / "artifacts")),
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    found: Mapping[str, Any] = json.loads(
        (folder / "artifacts" / "profile_export_aiperf.json").read_text()
    )
    return found


def installed(folder: Path) -> Path:
    """AIPerf in an environment of its own."""
    venv.create(folder, with_pip=True)
    subprocess.run((folder / "bin" / "pip", "install", "-q", AIPERF), check=True)
    return folder / "bin" / "aiperf"


def main() -> int:
    """Print a table; 1 when a median differs by more than `LIMIT` percent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--aiperf", type=Path, help="its executable")
    parser.add_argument("--rates", default="100,1000,3000")
    parser.add_argument("--ttft", type=int, default=150)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument(
        "--output", type=int, default=0, help="0: a third of a second, 256 at least"
    )
    given = parser.parse_args()
    worst, wanted = 0.0, given.output
    with tempfile.TemporaryDirectory(prefix="agreement-") as made:
        given.aiperf = given.aiperf or installed(Path(made) / "aiperf")
        print(f"{'tok/s':>6} {'median of':<34}{'bench':>10}{'aiperf':>10}{'differs':>9}")
        for rate in map(int, given.rates.split(",")):
            folder = Path(made) / str(rate)
            folder.mkdir()
            given.output = wanted or max(256, rate // 3)
            with simulated(rate, given.ttft) as url:
                ours, theirs = by_bench(url, given, folder), by_aiperf(url, given, folder)
            for key in METRICS:
                a, b = ours[key]["p50"], theirs[key]["p50"]
                percent = (a / b - 1) * 100
                worst = max(worst, abs(percent))
                print(f"{rate:>6} {key:<34}{a:>10.3f}{b:>10.3f}{percent:>+8.2f}%", flush=True)
    print(f"largest difference {worst:.2f} %, {'within' if worst <= LIMIT else 'above'} {LIMIT} %")
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
