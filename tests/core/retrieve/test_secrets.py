"""What holds secrets is withheld, and what only speaks of them is not."""

import pytest

from spark_tui.core.retrieve.secrets import key_shaped, withheld


@pytest.mark.parametrize(
    "path",
    [
        ".env", "app/.env.local", "prod.env", "a/server.pem", "deploy/id_rsa", "id_ed25519",
        ".netrc", "web/.npmrc", ".pypirc", "infra/main.tfstate", "terraform.tfstate.backup",
        "aws/credentials", "gcp-credentials.json", "Credentials.yaml", "home/.ssh/config",
        "tls/private.key",
    ],
)  # fmt: skip
def test_files_with_names_of_secrets_are_withheld(path: str) -> None:
    assert withheld(path, "x = 1\n")


@pytest.mark.parametrize(
    "path",
    ["env.py", "src/environment.ts", "credentials.py", "core/key.go", "id_map.py", "README.md",
     "services/credentials/store.rs", "keyboard.c", "app/tokens.py"],
)  # fmt: skip
def test_code_about_secrets_is_not_withheld(path: str) -> None:
    assert not withheld(path, "def token(secret: str) -> str:\n    return secret\n")


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE", "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----", "key = 'sk-proj-9fK2mQ7xL4vB8nR1tY6wZ3cJ5hD0gS'",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = 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",
        '"api_key": "f81d4fae7dec11d0a76500a0c91e6bf6"', "PASSWORD=9fK2mQ7xL4vB8nR1tY6wZ3cJ5hD0gS",
    ],
)  # fmt: skip
def test_files_with_a_secret_in_them_are_withheld(text: str) -> None:
    assert withheld("src/a.py", f"import os\n{text}\n")


@pytest.mark.parametrize(
    "word",
    ["parseHTTPResponse", "test_sha256_md5_base64_encoding", "internationalization", "utf8mb4",
     "MAX_RETRY_COUNT_2", "get_user_by_id_v2", "0123456789012345", "XMLHttpRequestFactoryBean",
     "useLayoutEffectOnce", "ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
)  # fmt: skip
def test_identifiers_are_not_shaped_like_keys(word: str) -> None:
    assert not key_shaped(word)
