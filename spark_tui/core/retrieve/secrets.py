"""Which files are withheld from retrieval: what holds secrets by its name or by its content."""

from __future__ import annotations

import re

from spark_tui.core.regex import regex
from spark_tui.core.retrieve.listed import listed

_NAMES = regex(
    r"\.env(\..*)?|.*\.env|.*\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk|tfstate|tfvars)(\.backup)?"
    r"|id_(rsa|dsa|ecdsa|ed25519)(?!\.pub).*|id_[a-z0-9]+|\.(netrc|npmrc|pypirc|pgpass|htpasswd)|_netrc"
)
_CODE = listed(
    "py pyi js jsx ts tsx mjs cjs go rs java kt c h cc cpp hpp cs rb php swift scala md rst"
)
_FOLDERS = frozenset({".ssh", ".aws", ".gnupg", ".kube"})

_HEADER = regex(r"-----BEGIN (?:[A-Z]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_TOKEN = regex(
    r"\b(?:sk-(?:[a-z]{2,8}-){0,2}[A-Za-z0-9_-]{20,200}|gh[pousr]_[A-Za-z0-9]{36,255}"
    r"|github_pat_[A-Za-z0-9_]{30,255}|glpat-[A-Za-z0-9_-]{20,64}|xox[abprs]-[A-Za-z0-9-]{20,200}"
    r"|A[KS]IA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,200}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,255}|[sr]k_live_[A-Za-z0-9]{20,64}"
    r"|SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{40,45}|hf_[A-Za-z0-9]{30,40})"
)
_BLOCK = regex(
    r"-----BEGIN (?:[A-Z]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^-]{0,20000}-----END [A-Z ]{1,60}-----|[A-Za-z0-9+/=\s]{0,20000})"
)
_ENVIRONMENT = regex(
    r"(?<![A-Z0-9_])[A-Z0-9_]{0,40}(?:SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|PRIVATE_KEY)"
    r"[A-Z0-9_]{0,30}[\"']?\s{0,4}[:=]\s{0,4}[\"']?([^\s\"',;)}\]]{6,400})"
)
_IN_ADDRESS = regex(r"://[^\s/:@\"']{1,100}:([^\s/@\"']{1,200})@")
_BEARER = regex(r"\b(?:Bearer|Basic) ([A-Za-z0-9._~+/=-]{12,400})")
_STARTS = (
    "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "AKIA", "ASIA",
    "AIza", "ya29.", "npm_", "pypi-", "k_live_", "SG.", "hf_",
)  # fmt: skip
"""How tokens of known providers begin: looked for first, since most files have none."""

_ASSIGNED = regex(
    r"[A-Za-z_](?:ecret|ECRET|oken|OKEN|assw|ASSW|pi_?[kK]ey|PI_?KEY|ey|EY)[A-Za-z0-9_]{0,24}"
    r"[\"']?[ \t]{0,4}[:=]{1,2}[ \t]{0,4}[\"']?([A-Za-z0-9+/_=-]{20,200})"
)

_PART = regex(r"[A-Za-z0-9]+")
_TURNS = regex(r"[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|[0-9](?=[A-Za-z])")


def key_shaped(token: str) -> bool:
    """Whether a word looks drawn at random: a key, a hash, a part of one.

    Words of a language and identifiers change between letters and digits seldom; keys do all the
    time.
    """
    if len(token) < 12:
        return False
    for part in _PART.findall(token):
        size = len(part)
        if size < 12 or part.isdigit():
            continue
        digits = sum(map(part.count, "0123456789"))
        turns = len(_TURNS.findall(part))
        if digits >= 2 and turns * 4 >= size and turns >= 4:
            return True
        if size >= 20 and not digits and turns * 3 >= size:
            return True
    return False


def random_run(run: str) -> bool:
    """Whether a run of letters, digits, `+/_=-` is a key: as a whole, or a part of it."""
    if key_shaped(run) or _TOKEN.match(run):
        return True
    turns = len(_TURNS.findall(run))
    return turns >= 7 and turns * 5 >= len(run) and any(map(str.isdigit, run))


def withheld_path(path: str) -> bool:
    """Whether a file's name alone says that it holds secrets."""
    folder, _, name = path.casefold().rpartition("/")
    if not _FOLDERS.isdisjoint(folder.split("/")) or _NAMES.fullmatch(name):
        return True
    stem, _, ending = name.rpartition(".")
    return ending not in _CODE and "credential" in (stem or name)


def withheld(path: str, text: str) -> bool:
    """Whether a file goes into no index and no request: by its name, or by what stands in it.

    A private key's header, a token of a known provider, or a random value given to something named
    like a secret.
    """
    if withheld_path(path) or ("PRIVATE KEY" in text and _HEADER.search(text)):
        return True
    if any(map(text.__contains__, _STARTS)) and _TOKEN.search(text):
        return True
    return any(random_run(found[1]) for found in _ASSIGNED.finditer(text))


def masked(text: str) -> str:
    """`text` with what is shaped like a secret replaced by `…`: for what leaves this machine.

    Beside what withholds a file: the values of variables of an environment that are named like a
    secret, passwords in addresses, and what an `Authorization` carries, however simple they are.
    """
    text = _BLOCK.sub("-----BEGIN PRIVATE KEY----- …", text)
    text = _TOKEN.sub("…", text)
    for shape in (_ENVIRONMENT, _IN_ADDRESS, _BEARER):
        text = shape.sub(_without_value, text)
    return _ASSIGNED.sub(_hidden, text)


def _without_value(found: re.Match[str]) -> str:
    return (
        found[0][: found.start(1) - found.start()] + "…" + found[0][found.end(1) - found.start() :]
    )


def _hidden(found: re.Match[str]) -> str:
    if not random_run(found[1]):
        return found[0]
    start = found.start(1) - found.start()
    return found[0][:start] + "…"
