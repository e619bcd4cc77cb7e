"""A right answer to each task, as a model would write it."""

from __future__ import annotations


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"


def whole(path: str, text: str) -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n=======\n{text}>>>>>>> REPLACE\n```\n"


SOLUTIONS = {
    "rename-function": block(
        "calc.py",
        "def add(left, right):\n",
        "def plus(left, right):\n",
    )
    + block("calc.py", "    return add(value, value)\n", "    return plus(value, value)\n")
    + block("report.py", "from calc import add\n", "from calc import plus\n")
    + block(
        "report.py",
        "        result = add(result, value)\n",
        "        result = plus(result, value)\n",
    ),
    "rename-method": block(
        "client.py",
        "    return Client(source).fetch(name)\n",
        "    return Client(source).get(name)\n",
    )
    + block("client.py", "    def fetch(self, name):\n", "    def get(self, name):\n")
    + block(
        "client.py",
        "        return self.fetch(one), self.fetch(two)\n",
        "        return self.get(one), self.get(two)\n",
    ),
    "rename-constant": block("limits.js", "const MAX = 100;\n", "const LIMIT = 100;\n")
    + block("limits.js", "  return count <= MAX;\n", "  return count <= LIMIT;\n")
    + block(
        "limits.js",
        "  return { 'x-limit': String(MAX), 'cache-control': `max-age=${MAX_AGE}` };\n",
        "  return { 'x-limit': String(LIMIT), 'cache-control': `max-age=${MAX_AGE}` };\n",
    ),
    "bug-median": block(
        "stats.py",
        "    return ordered[len(ordered) // 2]\n",
        "    middle = len(ordered) // 2\n    if len(ordered) % 2:\n        return ordered[middle]\n"
        "    return (ordered[middle - 1] + ordered[middle]) / 2\n",
    ),
    "bug-shared-default": block(
        "basket.py",
        "    def __init__(self, items=[]):\n        self.items = items\n",
        "    def __init__(self, items=None):\n"
        "        self.items = [] if items is None else items\n",
    ),
    "bug-off-by-one": block(
        "pages.py",
        "    last = max(1, (count - 1) // size)\n",
        "    last = -(-count // size)\n",
    ),
    "bug-none": block(
        "names.py",
        '    return "".join(part[0].upper() for part in name.split())\n',
        '    return "".join(part[0].upper() for part in (name or "").split())\n',
    ),
    "bug-loop-closure": block(
        "timers.js",
        "  for (var i = 0; i < tasks.length; i++) {\n",
        "  for (let i = 0; i < tasks.length; i++) {\n",
    ),
    "bug-join": block(
        "report.sql",
        "SELECT customers.name, COUNT(*) AS orders\nFROM customers\n"
        "JOIN orders ON orders.customer = customers.id\n",
        "SELECT customers.name, COUNT(orders.id) AS orders\nFROM customers\n"
        "LEFT JOIN orders ON orders.customer = customers.id\n",
    ),
    "bug-quoting": block(
        "backup.sh",
        "source=$1\ntarget=$2\nmkdir -p $target\n",
        'source="$1"\ntarget="$2"\nmkdir -p "$target"\n',
    )
    + block("backup.sh", "  cp $file $target/\n", '  cp "$file" "$target"/\n'),
    "feature-retries": block(
        "loader.py",
        'def load(path, read):\n    """What `read` makes of `path`."""\n    return read(path)\n',
        'def load(path, read, retries=0):\n    """What `read` makes of `path`."""\n'
        "    for left in range(retries, -1, -1):\n        try:\n            return read(path)\n"
        "        except OSError:\n            if not left:\n                raise\n",
    )
    + block(
        "main.py",
        "def main(path, read):\n    return load(path, read)\n",
        "def main(path, read, retries=2):\n    return load(path, read, retries=retries)\n",
    ),
    "feature-flag": block(
        "cli.py", "import argparse\n", "import argparse\n\nfrom text import shout\n"
    )
    + block(
        "cli.py",
        '    parser.add_argument("name")\n    given = parser.parse_args(argv)\n'
        '    print(f"hello {given.name}")\n',
        '    parser.add_argument("name")\n'
        '    parser.add_argument("--upper", action="store_true")\n'
        '    given = parser.parse_args(argv)\n    greeting = f"hello {given.name}"\n'
        "    print(shout(greeting) if given.upper else greeting)\n",
    ),
    "feature-new-module": whole(
        "slug.py",
        'import re\n\n\ndef slug(title):\n    return re.sub(r"[^a-z0-9]+", "-", title.lower())'
        '.strip("-")\n',
    )
    + block(
        "post.py",
        'def url(title):\n    return "/posts/" + title.lower()\n',
        'from slug import slug\n\n\ndef url(title):\n    return "/posts/" + slug(title)\n',
    ),
    "feature-two-languages": block(
        "reply.json", '  "value": 88\n', '  "value": 88,\n  "unit": "ms"\n'
    )
    + block(
        "view.js",
        "  return `${reply.name}: ${reply.value}`;\n",
        "  return `${reply.name}: ${reply.value} ${reply.unit}`;\n",
    ),
    "feature-field": block("config.go", "package config\n", 'package config\n\nimport "time"\n')
    + block(
        "config.go",
        "\tHost string\n\tPort int\n",
        "\tHost    string\n\tPort    int\n\tTimeout time.Duration\n",
    )
    + block(
        "config.go",
        '\t\tHost: "localhost",\n\t\tPort: 8080,\n',
        '\t\tHost:    "localhost",\n\t\tPort:    8080,\n\t\tTimeout: 5 * time.Second,\n',
    ),
    "feature-error-wrap": block(
        "read.go", 'import (\n\t"os"\n)\n', 'import (\n\t"fmt"\n\t"os"\n)\n'
    )
    + block(
        "read.go",
        '\t\treturn "", err\n',
        '\t\treturn "", fmt.Errorf("reading %s: %w", path, err)\n',
    ),
    "feature-target": block(
        "Makefile",
        ".PHONY: all test\n\nall: test\n",
        ".PHONY: all test lint\n\nall: test lint\n",
    )
    + block(
        "Makefile",
        "test:\n\tpython -m unittest\n",
        "test:\n\tpython -m unittest\n\nlint:\n\truff check .\n",
    ),
    "feature-column": block(
        "schema.sql",
        "  name TEXT NOT NULL\n);\n",
        "  name TEXT NOT NULL,\n  email TEXT UNIQUE\n);\n",
    ),
    "refactor-extract": block(
        "invoice.py",
        "def total(amount):\n    return amount + round(amount * 0.19, 2)\n",
        "def tax(amount):\n    return round(amount * 0.19, 2)\n\n\ndef total(amount):\n"
        "    return amount + tax(amount)\n",
    )
    + block(
        "invoice.py",
        '    return f"{name} {amount + round(amount * 0.19, 2):.2f}"\n',
        '    return f"{name} {amount + tax(amount):.2f}"\n',
    ),
    "refactor-guard": block(
        "mail.py",
        "    if user:\n"
        '        if user["mail"]:\n'
        "            if text:\n"
        "                if quota:\n"
        '                    return "sent"\n'
        "                else:\n"
        '                    return "later"\n'
        "            else:\n"
        '                return "nothing to say"\n'
        "        else:\n"
        '            return "no address"\n'
        "    else:\n"
        '        return "no user"\n',
        '    if not user:\n        return "no user"\n    if not user["mail"]:\n'
        '        return "no address"\n    if not text:\n        return "nothing to say"\n'
        '    return "sent" if quota else "later"\n',
    ),
    "refactor-dead-code": block(
        "shop.py",
        "import math\n\nRATE = 12\nOLD_RATE = 11.5\n\n\ndef old_price(count):\n"
        "    return math.ceil(count * OLD_RATE)\n\n\ndef price(count):\n",
        "RATE = 12\n\n\ndef price(count):\n",
    ),
    "refactor-colour": block(
        "style.css", "body {\n", ":root {\n  --accent: #336699;\n}\n\nbody {\n"
    )
    + block("style.css", "a {\n  color: #336699;\n", "a {\n  color: var(--accent);\n")
    + block(
        "style.css",
        "  background: #336699;\n  border: 1px solid #336699;\n",
        "  background: var(--accent);\n  border: 1px solid var(--accent);\n",
    ),
    "docs-docstring": block(
        "retry.py",
        "def backoff(attempt):\n",
        'def backoff(attempt):\n    """Seconds to wait before this attempt."""\n',
    ),
    "docs-types": block(
        "words.py",
        "def count(text):\n    found = {}\n",
        "def count(text: str) -> dict[str, int]:\n    found: dict[str, int] = {}\n",
    )
    + block("words.py", "def longest(words):\n", "def longest(words: list[str]) -> str:\n"),
    "docs-changelog": block(
        "CHANGELOG.md",
        "- Names may be empty.\n",
        "- Names may be empty.\n- The last page is shown again.\n",
    ),
    "docs-fenced": block("README.md", "pip install hello\n", "pip install greet\n")
    + block("README.md", "    hello Ada\n", "    greet Ada\n")
    + block("README.md", "hello --upper Ada\n", "greet --upper Ada\n"),
    "config-json": block(
        "package.json",
        '  "version": "1.2.9",\n  "scripts": {\n    "test": "mocha"\n',
        '  "version": "1.3.0",\n  "scripts": {\n    "test": "mocha",\n    "lint": "eslint ."\n',
    ),
    "config-toml": block(
        "pyproject.toml", 'requires-python = ">=3.9"\n', 'requires-python = ">=3.11"\n'
    )
    + block(
        "pyproject.toml",
        '    "rich>=13",  # tables and colours\n',
        '    "rich>=13",  # tables and colours\n    "httpx>=0.27",\n',
    ),
    "config-ini": block(
        "server.ini",
        "[production]\nport = 8080\ndebug = yes\n",
        "[production]\nport = 443\ndebug = no\n",
    ),
    "config-workflow": block(
        "ci.yml",
        '        python: ["3.11", "3.12"]\n',
        '        python: ["3.11", "3.12", "3.13"]\n',
    ),
}
