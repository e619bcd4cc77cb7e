"""`python -m tests.recall REPOSITORY.git …`: does an instruction find the code it changes?"""

from __future__ import annotations

import argparse
import json
import sys
from time import perf_counter

from tests.recall.baselines import Retriever, Windows
from tests.recall.history import Repository
from tests.recall.product import Product
from tests.recall.report import means, misses, tables
from tests.recall.repositories import in_half, name_of
from tests.recall.run import Result, git_directory, walk


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.recall", description=__doc__)
    parser.add_argument("repositories", nargs="+", metavar="REPOSITORY", help="a bare clone")
    parser.add_argument("--commits", type=int, default=100, help="per repository and kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", default="4000,8000,16000", help="tokens, separated by commas")
    parser.add_argument("--half", choices=("tune", "held"), help="only repositories of this half")
    parser.add_argument("--kinds", default="subject,body")
    parser.add_argument("--alone", action="store_true", help="without the baselines")
    parser.add_argument("--show", type=int, default=0, help="how many of the worst misses to print")
    parser.add_argument("--json", action="store_true", help="one object per answer, and the means")
    options = parser.parse_args()
    budgets = [int(budget) for budget in options.budget.split(",")]
    main_budget = 8000 if 8000 in budgets else budgets[0]
    results: list[Result] = []
    for place in options.repositories:
        name = name_of(place)
        if options.half and not in_half(name, options.half):
            continue
        began = perf_counter()
        retrievers: list[Retriever] = [Product()]
        if not options.alone:
            retrievers += [Windows(None), Windows(40)]
        with Repository(git_directory(place), name) as repository:
            cases = repository.cases(options.kinds.split(","), options.commits, options.seed)
            results += walk(repository, cases, retrievers, budgets)
            spent = perf_counter() - began
            head = repository.head()[:12]
        print(f"{name} at {head}: {len(cases)} cases in {spent:.0f} s", file=sys.stderr, flush=True)
    if not results:
        raise SystemExit("no cases: name repositories of this half with a history")
    if options.json:
        for one in results:
            print(json.dumps(_plain(one)))
        groups: dict[str, list[Result]] = {}
        for one in results:
            groups.setdefault(f"{one.case.kind} {one.system} {one.budget}", []).append(one)
        print(json.dumps({"means": {title: means(rows) for title, rows in groups.items()}}))
        return
    for line in tables(results, main_budget, options.seed):
        print(line)
    if options.show:
        for line in misses(results, results[0].system, main_budget, options.show):
            print(line)


def _plain(one: Result) -> dict[str, object]:
    return {
        "repository": one.case.repository,
        "commit": one.case.commit,
        "kind": one.case.kind,
        "query": one.case.query,
        "gold": {path: sorted(lines) for path, lines in one.case.gold.items()},
        "system": one.system,
        "budget": one.budget,
        "slices": one.slices,
        "spans": [(span.path, span.first, span.last) for span in one.answer.spans],
        "outlined": list(one.answer.outlined),
        **one.measures,
    }


if __name__ == "__main__":
    main()
