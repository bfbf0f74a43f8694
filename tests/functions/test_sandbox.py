"""Clients' code in its own process: what it may do, what it may not, and what ends it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.requires import need
from understudy.errors import ConfigError, FunctionNotRun, InvalidInput
from understudy.functions import sandbox as module
from understudy.functions.sandbox import MOST_RESULT, Sandbox, check_installed

need("quickjs")


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seconds=60)


@pytest.fixture
def hasty() -> Sandbox:
    """For code that is to run out of time."""
    return Sandbox(seconds=0.2)


def error(result: str) -> str:
    """What ``result`` says went wrong."""
    told = json.loads(result)
    assert list(told) == ["error"]
    said: str = told["error"]
    return said


@pytest.mark.parametrize(
    "code",
    [
        "({ a }) => a + 1",
        "async ({ a }) => { await null; return a + 1; }",
        "async function add({ a }) { return a + 1 }",
        "function other({ a }) { return a + 1 };",
        "({ a }) => a + 1;\n",
        "({ a }) => a + 1 // one more",
        "const one = 1;\nconst add = ({ a }) => a + one;",
        "const one = 1; function add({ a }) { return a + one }",
        "let one = 1; ({ a }) => a + one",
        "({ a }) => new Promise((resolve) => queueMicrotask(() => resolve(a + 1)))",
        "({ a }) => ({ then(resolve) { resolve(a + 1) } })",
    ],
)
async def test_code_is_any_way_to_write_a_function(sandbox: Sandbox, code: str) -> None:
    await sandbox.check({"add": code})
    assert await sandbox.call("add", code, '{"a": 41}') == "42"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("() => 'señor 🙂'", "señor 🙂"),
        ("() => '\"quoted\"'", '"quoted"'),
        ("() => ({ a: [1, null], b: 'c' })", '{"a":[1,null],"b":"c"}'),
        ("() => null", "null"),
        ("() => {}", "null"),
        ("() => () => 1", "null"),
        ("() => NaN", "null"),
        ("() => ({ toJSON: () => 5 })", "5"),
        ("() => '\\ud800'", "\N{REPLACEMENT CHARACTER}"),
        ("(given) => given", '{"a":"ü"}'),
    ],
)
async def test_a_text_is_told_as_it_is_and_anything_else_as_json(
    sandbox: Sandbox, code: str, result: str
) -> None:
    assert await sandbox.call("f", code, '{"a": "ü"}') == result


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("() => { throw new TypeError('no') }", "TypeError: no"),
        ("async () => { throw new Error('no') }", "Error: no"),
        ("() => Promise.reject('no')", "no"),
        ("() => { throw { code: 5 } }", '{"code":5}'),
        ("() => { throw null }", "Error: null was thrown"),
        ("() => { throw undefined }", "Error: undefined was thrown."),
        ("() => { throw '' }", 'Error: "" was thrown.'),
        ("() => { throw 'a\\0b' }", "a\0b"),
        ("() => { throw new Error('a\\ud800') }", "Error: a?"),
        ("() => { throw { get message() { throw 1 } } }", "cannot be told"),
        ("() => { throw 'x'.repeat(1e6) }", "x" * 1000),
        ("() => nothing", "ReferenceError: nothing is not defined"),
        ("() => { const a = {}; a.a = a; return a }", "TypeError: circular"),
        ("() => 10n", "TypeError: BigInt"),
        ("() => new Promise(() => {})", "waits for something that never comes"),
        ("() => { queueMicrotask(() => { throw 'no' }); return new Promise(() => {}) }", "no"),
    ],
)
async def test_what_is_thrown_is_the_result(sandbox: Sandbox, code: str, said: str) -> None:
    assert said in error(await sandbox.call("f", code, "{}"))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("5", "'bad' is no function: TypeError: the code evaluates to number"),
        ("null", "evaluates to null"),
        ("const other = () => 1", "evaluates to undefined"),
        ("}{", "SyntaxError"),
        ("import fs from 'fs'; () => 1", "SyntaxError"),
        ("throw new Error('at once')", "Error: at once"),
        ("throw ''", '"" was thrown'),
        ("throw '\\0 and on'", "\0 and on"),
        ("throw '\\udc00'", "function: ?"),
    ],
)
async def test_code_that_is_no_function_is_told_before_it_is_called(
    sandbox: Sandbox, code: str, why: str
) -> None:
    with pytest.raises(InvalidInput, match="The code of") as caught:
        await sandbox.check({"good": "() => 1", "bad": code})
    assert caught.value.part == "functions"
    assert why in str(caught.value)


async def test_code_that_never_becomes_a_function_is_ended(hasty: Sandbox) -> None:
    with pytest.raises(InvalidInput, match=r"'f' is no function: TimeoutError: .* 0.2 seconds"):
        await hasty.check({"f": "while (true);"})


@pytest.mark.parametrize(
    "code",
    [
        "() => { while (true); }",
        "async () => { while (true) await null; }",
        "() => { const f = () => queueMicrotask(f); f(); return new Promise(f); }",
        "() => /(a+)+b/.exec('a'.repeat(40))",
        "() => ({ toJSON() { while (true); } })",
        "() => { throw { get message() { while (true); } } }",
        "() => { const f = (n) => { try { f(n + 1) } finally { f(n + 1) } }; f(0) }",
    ],
)
async def test_code_that_does_not_end_is_ended(hasty: Sandbox, code: str) -> None:
    assert error(await hasty.call("f", code, "{}")).startswith("TimeoutError")


@pytest.mark.parametrize(
    "code",
    [
        "() => { const a = []; while (true) a.push(new Array(1e4).fill(1)); }",
        "() => new Uint8Array(65 * 2 ** 20).length",
        "() => { let s = 'x'; while (true) s = [s, s].join(''); }",
    ],
)
async def test_memory_is_bounded(sandbox: Sandbox, code: str) -> None:
    said = error(await sandbox.call("f", code, "{}"))
    assert "out of memory" in said or "invalid string length" in said


async def test_memory_below_the_bound_is_there(sandbox: Sandbox) -> None:
    assert await sandbox.call("f", "() => new Uint8Array(48 * 2 ** 20).length", "{}") == str(
        48 * 2**20
    )


@pytest.mark.parametrize(
    "code",
    [
        "() => { const f = () => f() + 1; return f(); }",
        "() => JSON.parse('['.repeat(1e6))",
        "() => { let deep = []; for (let i = 0; i < 1e6; i++) deep = [deep]; return deep; }",
    ],
)
async def test_recursion_is_bounded(sandbox: Sandbox, code: str) -> None:
    assert error(await sandbox.call("f", code, "{}"))


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        (f"() => 'x'.repeat({MOST_RESULT - 2})", True),
        (f"() => 'x'.repeat({MOST_RESULT - 1})", False),
        (f"() => 'é'.repeat({MOST_RESULT // 2 - 1})", True),
        (f"() => 'é'.repeat({MOST_RESULT // 2})", False),
        (f"() => '\"'.repeat({MOST_RESULT // 2 - 1})", True),
        ("() => 'x'.repeat(1e7)", False),
    ],
)
async def test_a_result_has_so_many_bytes_of_json(sandbox: Sandbox, code: str, fits: bool) -> None:
    result = await sandbox.call("f", code, "{}")
    if fits:
        assert len(json.dumps(result, ensure_ascii=False).encode()) == MOST_RESULT
    else:
        assert error(result) == f"RangeError: the result exceeds {MOST_RESULT} bytes"


async def test_nothing_leads_out(sandbox: Sandbox) -> None:
    names = [
        *("fetch", "XMLHttpRequest", "WebSocket", "require", "process", "module", "Deno", "Bun"),
        *("std", "os", "scriptArgs", "print", "load", "Worker", "WebAssembly", "performance"),
        *("setTimeout", "setInterval", "setImmediate"),
    ]
    listed = ", ".join(f"{name}: typeof {name}" for name in names)
    kinds = json.loads(await sandbox.call("f", f"() => ({{ {listed} }})", "{}"))
    assert kinds == dict.fromkeys(names, "undefined")


@pytest.mark.parametrize("what", ["fs", "std", "os", "./child.py", "/etc/passwd", "data:,1"])
async def test_nothing_can_be_imported(sandbox: Sandbox, what: str) -> None:
    for code in (f"() => import('{what}')", f"() => eval(\"import('{what}')\")"):
        assert "could not load module" in error(await sandbox.call("f", code, "{}"))


async def test_the_clock_stands_still_at_the_moment_of_the_call(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 86400.5)
    code = """() => {
      for (let i = 0; i < 1e5; i++);
      class Mine extends Date {}
      return [
        Date.now(), +new Date(), +new Mine(), Date(), new Date().toISOString(), Date.length,
        new Date().constructor === Date, new Date(2020, 0, 1).getTimezoneOffset(),
        +new Date(5), Date.UTC(1970, 0, 2), Date.parse('1970-01-02'), new Mine() instanceof Mine,
        +new (Object.getPrototypeOf(new Date()).constructor)(),
      ];
    }"""
    moment = 86400500
    text = "Fri Jan 02 1970 00:00:00 GMT+0000"
    iso = "1970-01-02T00:00:00.500Z"
    assert json.loads(await sandbox.call("f", code, "{}")) == [
        *(moment, moment, moment, text, iso, 7, True, 0, 5, 86400000, 86400000, True, moment)
    ]


@pytest.mark.parametrize(
    "trick",
    [
        "JSON.stringify = () => '\"forged\"'",
        "JSON.parse = () => { throw 1 }",
        "String.prototype.slice = () => '!forged'",
        "Promise.prototype.then = () => { throw 1 }",
        "Function.prototype.call = () => { throw 1 }",
        "Reflect.construct = () => { throw 1 }",
        "RegExp.prototype.test = () => { throw 1 }",
        "Array.prototype[Symbol.iterator] = () => { throw 1 }",
        "Object.defineProperty(Array.prototype, '0', { set() { throw 1 } })",
        "globalThis.eval = () => { throw 1 }",
        "Object.freeze(globalThis)",
        "Error.prepareStackTrace = (e, frames) => { throw frames }",
    ],
)
async def test_what_code_changes_changes_nothing_around_it(sandbox: Sandbox, trick: str) -> None:
    code = f"{trick}; (given) => given.a"
    await sandbox.check({"first": code, "second": code})
    assert await sandbox.call("f", code, '{"a": "true"}') == "true"
    assert await sandbox.call("f", f"(given) => {{ {trick}; return given.a }}", '{"a": 7}') == "7"


async def test_one_call_leaves_nothing_for_the_next(sandbox: Sandbox) -> None:
    code = "() => { globalThis.count = (globalThis.count ?? 0) + 1; return count }"
    assert [await sandbox.call("f", code, "{}") for _ in range(2)] == ["1", "1"]


async def test_one_function_does_not_see_another(sandbox: Sandbox) -> None:
    looks = "globalThis.seen ? 1 : () => 1"
    await sandbox.check({"a": "globalThis.seen = 1; () => 1", "b": looks})


async def test_what_is_logged_goes_nowhere(sandbox: Sandbox) -> None:
    code = "() => { console.log('a'); console.error('b'); return 1 }"
    assert await sandbox.call("f", code, "{}") == "1"


class Spawned:
    """Every process that was started, as asyncio sees it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, child: Path | None = None) -> None:
        self.processes: list[Any] = []
        self.options: list[dict[str, Any]] = []
        self.most = 0
        self._start: Callable[..., Any] = asyncio.create_subprocess_exec
        self._child = child
        monkeypatch.setattr(asyncio, "create_subprocess_exec", self.start)

    async def start(self, *command: str, **options: Any) -> Any:
        if self._child is not None:
            command = (*command[:-1], str(self._child))
        self.options.append(options)
        process = await self._start(*command, **options)
        self.processes.append(process)
        self.most = max(self.most, sum(one.returncode is None for one in self.processes))
        return process


async def test_a_cancelled_call_takes_its_process_along(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawned = Spawned(monkeypatch)
    running = asyncio.Event()
    answer = module._answer

    async def noticed(*args: Any) -> Any:
        running.set()
        return await answer(*args)

    monkeypatch.setattr(module, "_answer", noticed)
    call = asyncio.create_task(sandbox.call("f", "() => { while (true); }", "{}"))
    await running.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [process.returncode for process in spawned.processes] == [-9]


async def test_so_many_processes_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    spawned = Spawned(monkeypatch)
    sandbox = Sandbox(at_once=2)
    results = await asyncio.gather(*(sandbox.call("f", "() => 1", "{}") for _ in range(5)))
    assert results == ["1"] * 5
    assert len(spawned.processes) == 5
    assert spawned.most <= 2
    assert all(process.returncode == 0 for process in spawned.processes)


async def test_a_process_gets_no_environment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERSTUDY_API_KEY", "secret")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    spawned = Spawned(monkeypatch)
    await sandbox.call("f", "() => 1", "{}")
    assert spawned.options[0]["env"] == {"TZ": "UTC0"}


READ = "import os, sys\nsys.stdin.buffer.read()\n"


@pytest.mark.parametrize(
    "child",
    [
        "print(flush=True)\nos.abort()",
        "print(flush=True)",
        "print()\nprint('no json', flush=True)",
        "print()\nprint('[1]', flush=True)",
        "print()\nprint('[' * 100_000, flush=True)",
        "print()\nprint('x' * 2_000_000, flush=True)",
        "print()\nprint('{\"value\": 5}', flush=True)",
    ],
)
async def test_an_engine_that_fails_or_lies_fails_its_own_call_only(
    hasty: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, child: str
) -> None:
    script = tmp_path / "child.py"
    script.write_text(READ + child)
    Spawned(monkeypatch, script)
    assert error(await hasty.call("f", "() => 1", "{}"))


@pytest.mark.parametrize("child", ["sys.exit(1)", "print('early', flush=True)"])
async def test_a_process_that_does_not_begin_is_the_servers_failure(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, child: str
) -> None:
    script = tmp_path / "child.py"
    script.write_text(READ + child)
    Spawned(monkeypatch, script)
    with pytest.raises(FunctionNotRun):
        await sandbox.call("f", "() => 1", "{}")


async def test_no_process_at_all_is_the_servers_failure(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FunctionNotRun):
        await sandbox.check({"f": "() => 1"})


def test_a_server_without_the_engine_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"run_functions.*-e '\.\[functions\]'"):
        check_installed()
