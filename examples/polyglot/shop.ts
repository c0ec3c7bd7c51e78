// The TypeScript half: a shop that has its orders priced in Rust, and tells Rust who gets what
// discount. `npm install`, then `npm start`, while the Rust half and a server are running.
import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env.RESONATE_URL ?? "http://localhost:8001";
const resonate = new Resonate({ url, group: "shop" });

const discounts = new Map([["Ada", 20], ["Grace", 0]]);

// Rust calls this. It is a generator because a plain function that throws is tried again.
function* discount(_ctx: Context, customer: string): Generator<never, number, never> {
  const percent = discounts.get(customer);
  if (percent === undefined) throw new Error(`${customer} is no customer of ours`);
  return percent;
}
resonate.register("discount", discount);

const inRust = resonate.options({ target: "pricing" });
for (const [id, customer, pieces] of [["order-1", "Ada", 6], ["order-2", "Bob", 1]] as const) {
  try {
    const cents = await resonate.rpc<number>(id, "priceOrder", customer, pieces, inRust);
    console.log(`${id}: ${cents} cents`);
  } catch (error) {
    console.log(`${id}: ${(error as Error).message}`);
  }
}
await resonate.stop();
