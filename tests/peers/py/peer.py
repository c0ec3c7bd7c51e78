"""A client and a worker on the Python SDK, driven over standard input: see ../README.md."""

import argparse
import asyncio
import json
import os
import sys
from datetime import timedelta
from typing import Any

from resonate.context import Context
from resonate.resonate import Resonate
from resonate.retry import Never
from resonate.types import Value

parser = argparse.ArgumentParser()
parser.add_argument("--url")
parser.add_argument("--group")
parser.add_argument("--lease", type=int, default=60_000)
options = parser.parse_args()


class Refusal(Exception):
    pass


def append(journal: str, line: str) -> None:
    with open(journal, "a", encoding="utf8") as file:
        file.write(line + "\n")


async def add(ctx: Context, a: int, b: int) -> int:
    return a + b


async def echo(ctx: Context, value: Any) -> Any:
    return value


async def nothing(ctx: Context) -> None:
    pass


async def fails(ctx: Context, who: str, why: str) -> str:
    raise Refusal(f"{who} refused: {why}")


async def note(ctx: Context, journal: str, line: str) -> None:
    append(journal, line)


async def gate(ctx: Context, journal: str, line: str) -> None:
    append(journal, line)
    while not os.path.exists(journal + ".open"):
        await asyncio.sleep(0.02)


async def edition_1(ctx: Context, word: str) -> str:
    return f"{word} 1"


async def edition_2(ctx: Context, word: str) -> str:
    return f"{word} 2"


async def pair(ctx: Context, a: int, b: int) -> int:
    first = await ctx.run(add, a, b)
    return await ctx.run(add, first, b)


async def nested(ctx: Context, a: int, b: int) -> int:
    """Local and remote, one after the other and at once, and a workflow inside."""
    local = await ctx.run(pair, a, b)
    remote = await ctx.rpc("pair", local, b)
    here = ctx.run(add, remote, 1)
    there = ctx.rpc("add", remote, 2)
    return await here + await there


async def naps(ctx: Context, milliseconds: int, word: str) -> str:
    await ctx.sleep(timedelta(milliseconds=milliseconds))
    return word


async def asks(ctx: Context, journal: str, question: str) -> Any:
    answer = ctx.promise()
    await ctx.run(note, journal, f"{question} {await answer.id()}")
    return await answer


async def sends(ctx: Context, target: str, value: Any) -> str:
    return await ctx.options(target=target).detached("echo", value)


async def relays(ctx: Context, func: str, target: str, args: list[Any]) -> Any:
    return await ctx.options(target=target).rpc(func, *args)


async def names(ctx: Context, func: str, target: str, kwargs: dict[str, Any]) -> Any:
    """As `relays`, with arguments by name."""
    return await ctx.options(target=target).rpc(func, **kwargs)


async def catches(ctx: Context, func: str, target: str, args: list[Any]) -> Any:
    try:
        return await ctx.options(target=target).rpc(func, *args)
    except Exception as error:
        return {"name": type(error).__name__, "message": str(error)}


async def errand(ctx: Context, journal: str, func: str, target: str) -> int:
    """Steps that leave a line each; the second stands still until its gate is opened."""
    await ctx.run(note, journal, "one")
    total = await ctx.options(target=target).rpc(func, 20, 22)
    await ctx.run(gate, journal, "two")
    await ctx.run(note, journal, "three")
    return total


async def obey(resonate: Resonate, schedules: dict[str, Any], command: dict[str, Any]) -> Any:
    id, func, args = command["id"], command.get("func"), command.get("args", [])
    kwargs = command.get("kwargs", {})
    client = resonate.options(
        target=command.get("target", options.group), version=command.get("version", 1)
    )
    match command["do"]:
        case "run":
            return await client.run(id, func, *args, **kwargs).result()
        case "rpc":
            return await client.rpc(id, func, *args, **kwargs).result()
        case "get":
            return await (await resonate.get(id)).result()
        case "resolve":
            await resonate.promises.resolve(id, Value(data=command["value"]))
        case "schedule":
            schedules[id] = await client.schedule(id, command["cron"], func, tuple(args))
        case "unschedule":
            await schedules.pop(id).delete()
        case other:
            raise ValueError(f"this peer cannot {other}")


async def main() -> None:
    resonate = Resonate(
        url=options.url,
        group=options.group,
        ttl=timedelta(milliseconds=options.lease),
        retry_policy=Never(),
        autostart=False,
    )
    for func in (
        add, echo, nothing, fails, note, gate, pair, nested, naps,
        asks, sends, relays, names, catches, errand,
    ):  # fmt: skip
        resonate.register(func)
    resonate.register(edition_1, name="edition", version=1)
    resonate.register(edition_2, name="edition", version=2)
    resonate.start()

    schedules: dict[str, Any] = {}
    running = set()

    async def answer(command: dict[str, Any]) -> None:
        try:
            said = {"value": await obey(resonate, schedules, command)}
        except Exception as error:
            said = {"error": {"name": type(error).__name__, "message": str(error)}}
        print(json.dumps({"n": command["n"], **said}), flush=True)

    lines = asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        task = asyncio.create_task(answer(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    os._exit(0)


asyncio.run(main())
