"""JavaScript and TypeScript: jest, vitest, mocha, tsc and eslint."""

from __future__ import annotations

from tests.check_outputs.projects import Broken

_MATHS = """
    function add(a, b) {
      return a - b; «bug»
    }

    function price(order) {
      return order.item.price; «price»
    }

    module.exports = { add, price };
"""

_MODULE = """
    export function add(a, b) {
      return a - b; «bug»
    }

    export function price(order) {
      return order.item.price; «price»
    }
"""

_TESTS = """
    describe('maths', () => {
      test('adds', () => {
        expect(add(2, 3)).toBe(5); «add»
      });
      test('adds nothing', () => {
        expect(add(4, 0)).toBe(4);
      });
      describe('price', () => {
        test('of an order', () => {
          expect(price({})).toBe(3); «order»
        });
      });
      test.skip('later', () => {});
    });
"""

JEST = (
    Broken(
        "jest_mixed",
        {
            "src/maths.js": _MATHS,
            "src/maths.test.js": "const { add, price } = require('./maths');\n" + _TESTS,
            "src/other.test.js": "test('is fine', () => {\n  expect(1).toBe(1);\n});\n",
            "package.json": "{}\n",
        },
        (
            "jest", "jest --verbose", "jest --colors", "jest --silent", "jest -i --ci",
            "jest --bail", "jest --coverage", "jest --expand", "npm test",
        ),
        ids=("src/maths.test.js › maths › adds", "src/maths.test.js › maths › price › of an order"),
        says=("Expected: 5", "reading 'price'"),
        at=("add", "price", "order"),
    ),
    Broken(
        "jest_values",
        {
            "list.test.js": """
                test('objects', () => {
                  console.log('made', { a: 1 });
                  expect({ a: 1, b: [1, 2, 3] }).toEqual({ a: 1, b: [1, 2, 4] }); «objects»
                });
                test.each([[1, 1], [2, 3]])('pair %i is %i', (a, b) => {
                  expect(a).toBe(b); «pair»
                });
                test('throws', () => {
                  expect(() => null).toThrow('never'); «throws»
                });
                test('waits', async () => {
                  await Promise.reject(new Error('was refused')); «refused»
                });
            """,
            "package.json": "{}\n",
        },
        ("jest", "jest --verbose", "jest --colors --verbose"),
        ids=tuple(f"list.test.js › {one}" for one in ("objects", "pair 2 is 3", "throws", "waits")),
        says=("Expected: 3", "was refused"),
        at=("objects", "pair", "throws", "refused"),
    ),
    Broken(
        "jest_missing",
        {
            "app.test.js": "const app = require('./nowhere'); «require»\ntest('a', () => {});\n",
            "package.json": "{}\n",
        },
        ("jest", "jest --verbose"),
        outcome="did not run",
        ids=("app.test.js",),
        says=("Cannot find module './nowhere'",),
        at=("require",),
    ),
    Broken(
        "jest_syntax",
        {"app.test.js": "test('a', () => { const = 3; «syntax»\n});\n", "package.json": "{}\n"},
        ("jest",),
        outcome="did not run",
        ids=("app.test.js",),
        says=("SyntaxError",),
    ),
    Broken(
        "jest_snapshot",
        {
            "view.test.js": """
                test('view', () => {
                  expect('<b>new</b>').toMatchSnapshot(); «snapshot»
                });
            """,
            "__snapshots__/view.test.js.snap": "// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing\n\nexports[`view 1`] = `\"<b>old</b>\"`;\n",
            "package.json": "{}\n",
        },
        ("jest --ci",),
        ids=("view.test.js › view",),
        says=("<b>old</b>",),
        at=("snapshot",),
    ),
    Broken(
        "jest_console",
        {
            "a.test.js": "test('a', () => {\n  console.log('one');\n  console.warn('two');\n  expect([1]).toEqual([2]); «a»\n});\n",
            "b.test.js": "test('b', () => {\n  console.error('three');\n});\n",
            "package.json": "{}\n",
        },
        ("jest", "jest --verbose"),
        ids=("a.test.js › a",),
        says=("one",),
        at=("a",),
    ),
    Broken(
        "jest_noisy",
        {
            "a.test.js": "test('a', () => {\n  console.log('  ● a › b');\n});\n",
            "b.test.js": "test('b', () => {\n  console.error('FAIL b.test.js');\n});\n",
            "package.json": "{}\n",
        },
        ("jest", "jest --verbose"),
        outcome="passed",
    ),
    Broken("jest_none", {"app.js": "\n", "package.json": "{}\n"}, ("jest",), outcome="no tests"),
    Broken(
        "jest_passed",
        {"a.test.js": "test('a', () => {});\n", "package.json": "{}\n"},
        ("jest", "jest --verbose"),
        outcome="passed",
    ),
)  # fmt: skip

_VITEST = "import { describe, expect, test } from 'vitest';\n"

VITEST = (
    Broken(
        "vitest_mixed",
        {
            "src/maths.js": _MODULE,
            "src/maths.test.js": _VITEST + "import { add, price } from './maths.js';\n" + _TESTS,
            "src/other.test.js": _VITEST + "test('is fine', () => {\n  expect(1).toBe(1);\n});\n",
            "package.json": '{"type": "module"}\n',
        },
        (
            "vitest run", "vitest run --reporter=verbose", "vitest run --reporter=dot",
            "vitest run --bail=1", "vitest run --color", "vitest run --reporter=tree",
            "vitest run --reporter=tap", "vitest run --reporter=github-actions",
        ),
        ids=("src/maths.test.js > maths > adds", "src/maths.test.js > maths > price > of an order"),
        says=("expected -1 to be 5", "reading 'price'"),
        at=("add", "price"),
        only={"--bail=1": 1},
    ),
    Broken(
        "vitest_values",
        {
            "list.test.ts": _VITEST
            + """
                test('objects', () => {
                  console.log('made', { a: 1 });
                  expect({ a: 1, b: [1, 2, 3] }).toEqual({ a: 1, b: [1, 2, 4] }); «objects»
                });
                test.each([[1, 1], [2, 3]])('pair %i is %i', (a, b) => {
                  expect(a).toBe(b); «pair»
                });
                test('throws', () => {
                  expect(() => null).toThrow('never'); «throws»
                });
                test('waits', async () => {
                  await Promise.reject(new Error('was refused')); «refused»
                });
            """,
            "package.json": '{"type": "module"}\n',
        },
        ("vitest run", "vitest run --reporter=verbose", "vitest run --reporter=dot"),
        ids=(
            "list.test.ts > objects", "list.test.ts > pair 2 is 3", "list.test.ts > throws",
            "list.test.ts > waits",
        ),
        says=("expected 2 to be 3", "was refused"),
        at=("objects", "pair", "throws", "refused"),
    ),
    Broken(
        "vitest_missing",
        {
            "app.test.js": _VITEST + "import { app } from './nowhere.js'; «import»\ntest('a', () => {});\n",
            "package.json": '{"type": "module"}\n',
        },
        ("vitest run", "vitest run --reporter=verbose"),
        outcome="did not run",
        ids=("app.test.js",),
        says=("nowhere",),
    ),
    Broken(
        "vitest_syntax",
        {
            "app.test.js": _VITEST + "test('a', () => { const = 3; «syntax»\n});\n",
            "package.json": '{"type": "module"}\n',
        },
        ("vitest run",),
        outcome="did not run",
        ids=("app.test.js",),
        at=("syntax",),
    ),
    Broken(
        "vitest_none", {"app.js": "\n", "package.json": "{}\n"}, ("vitest run",), outcome="no tests"
    ),
    Broken(
        "vitest_passed",
        {"a.test.js": _VITEST + "test('a', () => {});\n", "package.json": '{"type": "module"}\n'},
        ("vitest run", "vitest run --reporter=verbose"),
        outcome="passed",
    ),
)  # fmt: skip

NODE = (
    Broken(
        "node_test",
        {
            "maths.test.js": """
                const assert = require('node:assert');
                const { describe, it, test } = require('node:test');

                describe('maths', () => {
                  it('adds', () => {
                    assert.strictEqual(2 - 3, 5); «add»
                  });
                  it('adds nothing', () => {});
                  it.skip('later', () => {});
                });
                test('alone', () => {
                  throw new Error('was refused'); «alone»
                });
            """
        },
        ("node --test", "node --test --test-reporter=spec", "node --test --test-reporter=tap"),
        ids=("maths adds", "alone"),
        says=("-1 !== 5", "was refused"),
        at=("add", "alone"),
    ),
    Broken(
        "node_passed",
        {"a.test.js": "require('node:test').test('a', () => {});\n"},
        ("node --test", "node --test --test-reporter=spec"),
        outcome="passed",
    ),
)  # fmt: skip

MOCHA = (
    Broken(
        "mocha_mixed",
        {
            "src/maths.js": _MATHS,
            "test/sums.js": """
                const assert = require('assert');
                const { add, price } = require('../src/maths');

                describe('maths', () => {
                  it('adds', () => {
                    assert.strictEqual(add(2, 3), 5); «add»
                  });
                  it('adds nothing', () => {
                    assert.strictEqual(add(4, 0), 4);
                  });
                  describe('price', () => {
                    it('of an order', () => {
                      assert.strictEqual(price({}), 3); «order»
                    });
                  });
                  it('of objects', () => {
                    assert.deepStrictEqual({ a: 1, b: [2] }, { a: 1, b: [3] }); «objects»
                  });
                  it.skip('later', () => {});
                });
            """,
            "package.json": "{}\n",
        },
        (
            "mocha", "mocha --reporter dot", "mocha --reporter min", "mocha --reporter list",
            "mocha --color", "mocha --bail", "mocha --reporter tap", "mocha --reporter progress",
        ),
        ids=("maths adds", "maths price of an order", "maths of objects"),
        says=("-1 !== 5", "reading 'price'"),
        at=("add", "price", "order", "objects"),
        only={"--bail": 1},
    ),
    Broken(
        "mocha_hook",
        {
            "test/hook.js": """
                describe('store', () => {
                  before(() => {
                    throw new Error('no database'); «hook»
                  });
                  it('reads', () => {});
                });
            """,
            "package.json": "{}\n",
        },
        ("mocha",),
        ids=('store "before all" hook for "reads"',),
        says=("no database",),
        at=("hook",),
    ),
    Broken(
        "mocha_missing",
        {"test/app.js": "require('./nowhere'); «require»\n", "package.json": "{}\n"},
        ("mocha",),
        outcome="did not run",
        says=("Cannot find module './nowhere'",),
        at=("require",),
    ),
    Broken(
        "mocha_passed",
        {"test/a.js": "it('a', () => {});\n", "package.json": "{}\n"},
        ("mocha", "mocha --reporter dot"),
        outcome="passed",
    ),
    Broken(
        "mocha_none",
        {"test/a.js": "describe('nothing', () => {});\n", "package.json": "{}\n"},
        ("mocha",),
        outcome="no tests",
    ),
)  # fmt: skip

TSC = (
    Broken(
        "tsc_findings",
        {
            "src/app.ts": """
                export function size(text: string): number {
                  return text; «return»
                }
                size(3); «call»
                nothing(); «name»
                const user = { name: 'a' };
                user.age; «property»
            """,
            "src/more.ts": "import { missing } from './app'; «export»\nlet n: number = 'x'; «assign»\n",
            "tsconfig.json": '{"compilerOptions": {"strict": true, "noEmit": true, "types": []}, "include": ["src"]}\n',
        },
        ("tsc", "tsc --pretty", "tsc --pretty false", "tsc -p ."),
        findings=(
            ("return", "TS2322"), ("call", "TS2345"), ("name", "TS2304"), ("property", "TS2339"),
            ("export", "TS2305"), ("assign", "TS2322"),
        ),
        says=("is not assignable to type 'number'",),
    ),
    Broken(
        "tsc_syntax",
        {
            "src/bad.ts": "export const a = ; «syntax»\n",
            "tsconfig.json": '{"compilerOptions": {"noEmit": true, "types": []}, "include": ["src"]}\n',
        },
        ("tsc", "tsc --pretty"),
        findings=(("syntax", "TS1109"),),
        says=("Expression expected",),
    ),
    Broken(
        "tsc_passed",
        {
            "src/good.ts": "export const a: number = 1;\n",
            "tsconfig.json": '{"compilerOptions": {"noEmit": true, "types": []}, "include": ["src"]}\n',
        },
        ("tsc",),
        outcome="passed",
    ),
    Broken(
        "tsc_config",
        {"src/good.ts": "export const a = 1;\n", "tsconfig.json": '{"compilerOptions": {"nonsense": true, "noEmit": true, "types": []}}\n'},
        ("tsc",),
        says=("nonsense",),
    ),
)  # fmt: skip

_ESLINT = """
    module.exports = [
      {
        rules: {
          'no-unused-vars': 'error', 'no-undef': 'error', eqeqeq: 'warn', 'no-debugger': 'error',
        },
      },
    ];
"""

ESLINT = (
    Broken(
        "eslint_findings",
        {
            "src/app.js": """
                const unused = 1; «unused»
                undefinedName(); «undefined»
                debugger; «debugger»
                if (1 == 2) { «equal»
                }
            """,
            "src/more.js": "let other = 2; «other»\n",
            "eslint.config.cjs": _ESLINT,
        },
        (
            "eslint .", "eslint . --color", "eslint src/app.js src/more.js",
            "eslint . --max-warnings 0",
        ),
        findings=(
            ("unused", "no-unused-vars"), ("undefined", "no-undef"), ("debugger", "no-debugger"),
            ("equal", "eqeqeq"), ("other", "no-unused-vars"),
        ),
        says=("'undefinedName' is not defined",),
    ),
    Broken(
        "eslint_syntax",
        {"bad.js": "const = 3; «syntax»\n", "eslint.config.cjs": _ESLINT},
        ("eslint .",),
        says=("Parsing error",),
        at=("syntax",),
    ),
    Broken(
        "eslint_warnings",
        {"src/app.js": "if (1 == 2) { «equal»\n}\n", "eslint.config.cjs": _ESLINT},
        ("eslint .",),
        outcome="passed",
    ),
    Broken(
        "eslint_passed", {"a.js": "\n", "eslint.config.cjs": _ESLINT}, ("eslint .",), outcome="passed"
    ),
    Broken("eslint_config", {"a.js": "\n"}, ("eslint .",), outcome="did not run"),
)  # fmt: skip

JS = (*JEST, *VITEST, *NODE, *MOCHA, *TSC, *ESLINT)
