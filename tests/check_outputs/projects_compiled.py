"""Go and Rust: go test, go vet, cargo test and cargo build."""

from __future__ import annotations

from tests.check_outputs.projects import Broken

_MOD = "module example.com/shop\n\ngo 1.19\n"

GO = (
    Broken(
        "go_mixed",
        {
            "go.mod": _MOD,
            "calc/calc.go": """
                package calc

                func Add(a, b int) int {
                \treturn a - b «bug»
                }
            """,
            "calc/calc_test.go": """
                package calc

                import "testing"

                func TestAdd(t *testing.T) {
                \tif got := Add(2, 3); got != 5 {
                \t\tt.Errorf("Add(2, 3) = %d, want 5", got) «add»
                \t}
                }

                func TestSame(t *testing.T) {
                \tif got := Add(4, 0); got != 4 {
                \t\tt.Fatalf("Add(4, 0) = %d, want 4", got)
                \t}
                }

                func TestTable(t *testing.T) {
                \tfor _, row := range []struct {
                \t\tname    string
                \t\ta, b, c int
                \t}{{"zero", 0, 0, 0}, {"one and two", 1, 2, 3}} {
                \t\tt.Run(row.name, func(t *testing.T) {
                \t\t\tt.Logf("adding %d and %d", row.a, row.b)
                \t\t\tif got := Add(row.a, row.b); got != row.c {
                \t\t\t\tt.Fatalf("got %d, want %d", got, row.c) «table»
                \t\t\t}
                \t\t})
                \t}
                }

                func TestLater(t *testing.T) {
                \tt.Skip("later")
                }
            """,
            "fine/fine.go": "package fine\n",
            "fine/fine_test.go": 'package fine\n\nimport "testing"\n\nfunc TestFine(t *testing.T) {}\n',
            "bare/bare.go": "package bare\n",
        },
        (
            "go test ./...", "go test -v ./...", "go test -json ./...", "go test -count=1 -failfast ./...",
            "go test -short -race=false ./calc", "go test -cover ./...", "go test -v -count=1 ./calc",
        ),
        ids=(
            "example.com/shop/calc.TestAdd", "example.com/shop/calc.TestTable/one_and_two",
        ),
        says=("Add(2, 3) = -1, want 5", "got -1, want 3"),
        at=("add", "table"),
        only={"-failfast": 1},
    ),
    Broken(
        "go_panic",
        {
            "go.mod": _MOD,
            "store.go": """
                package shop

                func Lookup(m map[string][]int, key string) int {
                \treturn m[key][0] «panic»
                }
            """,
            "store_test.go": """
                package shop

                import "testing"

                func TestLookup(t *testing.T) {
                \tLookup(nil, "a") «call»
                }
            """,
        },
        ("go test ./...", "go test -v ./...", "go test -json ./..."),
        ids=("example.com/shop.TestLookup",),
        says=("index out of range",),
        at=("panic", "call"),
    ),
    Broken(
        "go_build",
        {
            "go.mod": _MOD,
            "calc/calc.go": """
                package calc

                import "os"  «import»

                func Add(a, b int) int {
                \treturn a + c «undefined»
                }
            """,
            "calc/calc_test.go": 'package calc\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) { Add(1, 2) }\n',
        },
        ("go test ./...", "go build ./...", "go vet ./..."),
        outcome="did not run",
        outcomes={"go build ./...": "failed", "go vet ./...": "failed"},
        says=("undefined: c",),
        at=("undefined",),
    ),
    Broken(
        "go_vet",
        {
            "go.mod": _MOD,
            "app.go": """
                package shop

                import "fmt"

                func Say(n int) {
                \tfmt.Printf("%s\\n", n) «printf»
                }
            """,
        },
        ("go vet ./...",),
        says=("Printf format %s",),
        at=("printf",),
    ),
    Broken(
        "go_syntax",
        {
            "go.mod": _MOD,
            "calc_test.go": 'package shop\n\nimport "testing"\n\nfunc TestA(t *testing.T) {\n\tif «syntax»\n}\n',
        },
        ("go test ./...",),
        outcome="did not run",
        says=("syntax error",),
    ),
    Broken(
        "go_timeout",
        {
            "go.mod": _MOD,
            "slow_test.go": 'package shop\n\nimport (\n\t"testing"\n\t"time"\n)\n\nfunc TestSlow(t *testing.T) {\n\ttime.Sleep(time.Minute) «sleep»\n}\n',
        },
        ("go test -timeout 100ms ./...",),
        says=("test timed out",),
        at=("sleep",),
    ),
    Broken(
        "go_passed",
        {"go.mod": _MOD, "a.go": "package shop\n", "a_test.go": 'package shop\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n'},
        ("go test ./...", "go test -v ./...", "go test -json ./..."),
        outcome="passed",
    ),
    Broken("go_none", {"go.mod": _MOD, "a.go": "package shop\n"}, ("go test ./...",), outcome="no tests"),
)  # fmt: skip

_CARGO = '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n'

RUST = (
    Broken(
        "cargo_mixed",
        {
            "Cargo.toml": _CARGO,
            "src/lib.rs": """
                pub fn add(a: i32, b: i32) -> i32 {
                    a - b «bug»
                }

                pub fn first(items: &[i32]) -> i32 {
                    items[0] «index»
                }

                #[cfg(test)]
                mod tests {
                    use super::*;

                    #[test]
                    fn adds() {
                        println!("adding now");
                        assert_eq!(add(2, 3), 5, "sums differ"); «add»
                    }

                    #[test]
                    fn adds_nothing() {
                        assert_eq!(add(4, 0), 4);
                    }

                    #[test]
                    fn takes_first() {
                        first(&[]);
                    }

                    #[test]
                    fn unwraps() {
                        let none: Option<i32> = None;
                        none.unwrap(); «unwrap»
                    }

                    #[test]
                    #[ignore]
                    fn later() {}
                }
            """,
            "tests/whole.rs": """
                #[test]
                fn whole() -> Result<(), String> {
                    Err("it is not".to_string())
                }

                #[test]
                #[should_panic]
                fn panics() {}
            """,
        },
        (
            "cargo test", "cargo test --no-fail-fast", "cargo test -q --no-fail-fast",
            "cargo test --color=always", "cargo test --lib", "cargo test -- --test-threads=1",
            "cargo test -- --nocapture",
        ),
        ids=("tests::adds", "tests::takes_first", "tests::unwraps", "whole", "panics"),
        says=("sums differ", "index out of bounds"),
        at=("add", "index", "unwrap"),
        only={"cargo test": 3, "--color=always": 3, "--lib": 3, "--test-threads=1": 3, "--nocapture": 3},
    ),
    Broken(
        "cargo_build",
        {
            "Cargo.toml": _CARGO,
            "src/lib.rs": """
                pub fn size(text: &str) -> usize {
                    text «return»
                }

                pub fn run() {
                    unknown(3); «name»
                    let unused = 1;
                }

                #[test]
                fn works() {
                    assert_eq!(size("a"), 1);
                }
            """,
        },
        ("cargo test", "cargo build", "cargo check --message-format=short", "cargo test --color=always"),
        outcome="did not run",
        findings=(("return", "E0308"), ("name", "E0425")),
        outcomes={"cargo build": "failed", "cargo check --message-format=short": "failed"},
        says=("mismatched types",),
    ),
    Broken(
        "cargo_borrow",
        {
            "Cargo.toml": _CARGO,
            "src/main.rs": """
                fn main() {
                    let a = String::from("a");
                    let b = a;
                    println!("{} {}", a, b); «moved»
                }
            """,
        },
        ("cargo test", "cargo build -q"),
        outcome="did not run",
        findings=(("moved", "E0382"),),
        outcomes={"cargo build -q": "failed"},
        says=("borrow of moved value",),
    ),
    Broken(
        "cargo_doctest",
        {
            "Cargo.toml": _CARGO,
            "src/lib.rs": """
                /// Twice of it.
                ///
                /// ```
                /// assert_eq!(shop::twice(2), 5);
                /// ```
                pub fn twice(n: i32) -> i32 {
                    n * 2
                }
            """,
        },
        ("cargo test", "cargo test --doc"),
        ids=("src/lib.rs - twice",),
        says=("left: 4",),
    ),
    Broken(
        "cargo_passed",
        {"Cargo.toml": _CARGO, "src/lib.rs": "#[test]\nfn works() {}\n"},
        ("cargo test", "cargo test -q"),
        outcome="passed",
    ),
    Broken("cargo_none", {"Cargo.toml": _CARGO, "src/lib.rs": "\n"}, ("cargo test",), outcome="no tests"),
    Broken(
        "cargo_manifest",
        {"Cargo.toml": "[package\n", "src/lib.rs": "\n"},
        ("cargo test",),
        outcome="did not run",
    ),
)  # fmt: skip

MAKE = (
    Broken(
        "make_pytest",
        {
            "Makefile": "check:\n\t@echo running\n\t@$(PYTHON) -m pytest -q\n",
            "test_a.py": "def test_a():\n    assert [1] == [2] «here»\n",
        },
        ("make check",),
        ids=("test_a.py::test_a",),
        says=("assert [1] == [2]",),
        at=("here",),
    ),
    Broken(
        "make_several",
        {
            "Makefile": "check:\n\truff check . --output-format=concise || true\n\tmypy .\n",
            "app.py": "import os «os»\n\nvalue: int = 'a' «assign»\n",
        },
        ("make check",),
        findings=(("os", "F401"), ("assign", "assignment")),
        says=("Incompatible types",),
    ),
    Broken(
        "script",
        {
            "check.sh": 'echo "checking 3 files"\necho "src/a.txt:4: tab in line"\nexit 3\n',
            "src/a.txt": "a\nb\nc\n\td\n",
        },
        ("sh check.sh",),
        says=("src/a.txt:4: tab in line",),
    ),
    Broken("silent", {"a.txt": ""}, ("false",)),
    Broken("command_missing", {"a.txt": ""}, ("sh -c no_such_command_here",), outcome="did not run"),
)  # fmt: skip

COMPILED = (*GO, *RUST, *MAKE)
