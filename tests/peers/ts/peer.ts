// A client and a worker on the TypeScript SDK, driven over standard input: see ../README.md.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Constant, type Context, Resonate } from "@resonatehq/sdk";

const { values: options } = parseArgs({
  options: {
    url: { type: "string" },
    group: { type: "string" },
    lease: { type: "string", default: "60000" },
  },
});
const resonate = new Resonate({
  url: options.url,
  group: options.group,
  ttl: Number(options.lease),
});

function add(_ctx: Context, a: number, b: number) {
  return a + b;
}

function echo(_ctx: Context, value: unknown) {
  return value;
}

function nothing(_ctx: Context) {}

class Refusal extends Error {
  override name = "Refusal";
}

// Functions that are no generators would be tried again until their deadline.
function* fails(_ctx: Context, who: string, why: string): Generator<never, string, never> {
  throw new Refusal(`${who} refused: ${why}`);
}

function note(_ctx: Context, journal: string, line: string) {
  appendFileSync(journal, `${line}\n`);
}

async function gate(_ctx: Context, journal: string, line: string) {
  appendFileSync(journal, `${line}\n`);
  while (!existsSync(`${journal}.open`)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function* pair(ctx: Context, a: number, b: number): Generator<any, number, any> {
  const first = yield* ctx.run(add, a, b);
  return yield* ctx.run(add, first, b);
}

// Local and remote, one after the other and at once, and a workflow inside.
function* nested(ctx: Context, a: number, b: number): Generator<any, number, any> {
  const own = ctx.options({ target: options.group });
  const local = yield* ctx.run(pair, a, b);
  const remote = yield* ctx.rpc<number>("pair", local, b, own);
  const here = yield* ctx.beginRun(add, remote, 1);
  const there = yield* ctx.beginRpc<number>("add", remote, 2, own);
  return (yield* here) + (yield* there);
}

function* naps(ctx: Context, milliseconds: number, word: string): Generator<any, string, any> {
  yield* ctx.sleep(milliseconds);
  return word;
}

function* asks(ctx: Context, journal: string, question: string): Generator<any, unknown, any> {
  const answer = yield* ctx.promise<unknown>();
  yield* ctx.run(note, journal, `${question} ${answer.id}`);
  return yield* answer;
}

function* sends(ctx: Context, target: string, value: unknown): Generator<any, string, any> {
  const sent = yield* ctx.detached<unknown>("echo", value, ctx.options({ target }));
  return sent.id;
}

function* relays(ctx: Context, func: string, target: string, args: unknown[]): Generator<any, unknown, any> {
  return yield* ctx.rpc<unknown>(func, ...args, ctx.options({ target }));
}

function* catches(ctx: Context, func: string, target: string, args: unknown[]): Generator<any, unknown, any> {
  try {
    return yield* ctx.rpc<unknown>(func, ...args, ctx.options({ target }));
  } catch (error) {
    return { name: (error as Error).name, message: (error as Error).message };
  }
}

// Steps that leave a line each; the second stands still until its gate is opened.
function* errand(ctx: Context, journal: string, func: string, target: string): Generator<any, number, any> {
  yield* ctx.run(note, journal, "one");
  const sum = yield* ctx.rpc<number>(func, 20, 22, ctx.options({ target }));
  yield* ctx.run(gate, journal, "two");
  yield* ctx.run(note, journal, "three");
  return sum;
}

// Fails until its journal has so many lines.
function stumbles(_ctx: Context, journal: string, attempts: number) {
  appendFileSync(journal, "attempt\n");
  const made = readFileSync(journal, "utf8").split("\n").length - 1;
  if (made < attempts) throw new Refusal(`attempt ${made}`);
  return made;
}

for (const [name, func] of Object.entries({
  add, echo, nothing, fails, note, gate, pair, nested, naps, asks, sends, relays, catches, errand, stumbles,
})) {
  resonate.register(name, func as any);
}
resonate.register("edition", (_ctx: Context, word: string) => `${word} 1`, { version: 1 });
resonate.register("edition", (_ctx: Context, word: string) => `${word} 2`, { version: 2 });

type Command = {
  n: number;
  do: string;
  id: string;
  func: string;
  args: unknown[];
  version?: number;
  target?: string;
  attempts?: number;
  value?: unknown;
  cron?: string;
};

const schedules = new Map<string, { delete(): Promise<void> }>();

async function obey(command: Command): Promise<unknown> {
  const { id, func, args, version } = command;
  const retryPolicy = command.attempts
    ? new Constant({ delay: 10, maxRetries: command.attempts - 1 })
    : undefined;
  const target = command.target ?? options.group;
  const settings = resonate.options({ target, version, retryPolicy });
  switch (command.do) {
    case "run":
      return resonate.run(id, func, ...args, settings);
    case "rpc":
      return resonate.rpc(id, func, ...args, settings);
    case "get":
      return (await resonate.get(id)).result();
    case "resolve": {
      const data = Buffer.from(JSON.stringify(command.value)).toString("base64");
      await resonate.promises.resolve(id, { data });
      return null;
    }
    case "schedule":
      schedules.set(id, await resonate.schedule(id, command.cron!, func, ...args, settings));
      return null;
    case "unschedule":
      await schedules.get(id)!.delete();
      return null;
    default:
      throw new Error(`this peer cannot ${command.do}`);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const command: Command = JSON.parse(line);
  obey(command).then(
    (value) => console.log(JSON.stringify({ n: command.n, value })),
    (error) => console.log(JSON.stringify({ n: command.n, error: { name: error.name, message: error.message } })),
  );
}
process.exit(0);
