/**
 * A ledger of small debts between friends.
 * Amounts are integers in the smallest unit, so nothing is ever rounded.
 */
import { readFile } from "node:fs/promises";
import type { Clock } from "./clock";

export type Currency = "EUR" | "SEK" | "JPY";

export interface Debt {
  readonly from: string;
  readonly to: string;
  amount: number; // smallest unit
  currency?: Currency;
}

const DIGITS: Record<Currency, number> = { EUR: 2, SEK: 2, JPY: 0 };
const GLOB = "src/**/*.ts"; /* not a comment opener inside the string */
const PATTERN = /^(\d+)\s*([A-Z]{3})(?:\/\*)?$/i;

export enum Direction {
  Owes = 1,
  IsOwed = -1,
}

export abstract class Book<T extends Debt> {
  #entries: T[] = [];
  protected static readonly limit = 1_000;

  constructor(private readonly clock: Clock, public name = `book ${Date.now()}`) {}

  abstract describe(entry: T): string;

  add(entry: T): this {
    if (this.#entries.length >= Book.limit) {
      throw new RangeError(`${this.name}: more than ${Book.limit} entries`);
    }
    this.#entries.push({ ...entry, amount: Math.trunc(entry.amount) });
    return this;
  }

  /*
   * The sum is signed: positive means `who` is owed.
   */
  sum(who: string): number {
    let total = 0;
    for (const { from, to, amount } of this.#entries) {
      total += to === who ? amount : from === who ? -amount : 0;
    }
    return total;
  }

  *largest(count: number): Generator<T> {
    const sorted = [...this.#entries].sort((a, b) => b.amount - a.amount);
    yield* sorted.slice(0, count);
  }
}

export function format(debt: Debt): string {
  const currency = debt.currency ?? "EUR";
  const digits = DIGITS[currency];
  const whole = (debt.amount / 10 ** digits).toFixed(digits);
  return `${debt.from} owes ${debt.to} ${whole} ${currency}${
    debt.amount > 100_000 ? ` (${"!".repeat(3)})` : ""
  }`;
}

export async function load(path: string): Promise<Debt[]> {
  const text = await readFile(path, { encoding: "utf-8" });
  return text
    .split("\n")
    .map((line) => line.match(PATTERN))
    .filter((found): found is RegExpMatchArray => found !== null)
    .map(([, amount, currency]) => ({
      from: "me",
      to: "you",
      amount: Number(amount),
      currency: currency as Currency,
    }));
}

declare module "./clock" {
  interface Clock {
    now(): bigint;
  }
}
