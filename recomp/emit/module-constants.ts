// SPDX-License-Identifier: AGPL-3.0-or-later
import { Identifiers, numberLiteral, type Printer, quote } from "./text.ts";

/** Bytes of one inline cache, as the ABI has it. */
const CACHE_BYTES = 12;
/** Words of an access site of optimised code, as the ABI has it. */
const SITE_WORDS = 8;

/** Constants of an emitted module: strings, names and constant pools, each under one readable identifier. */
export class ModuleConstants {
  readonly identifiers = new Identifiers();
  private readonly strings = new Map<string, string>();
  private readonly names = new Map<string, string>();
  private cacheSites = 0;
  private readonly sites = new Map<string, number>();
  private readonly slots: (string | number | boolean | null)[] = [];
  private readonly slotIndex = new Map<string, number>();
  private readonly intrinsics = new Set<string>();
  private readonly pools = new Map<string, { identifier: string; strings: readonly string[] }>();

  /** Identifier of a pinned string record. */
  string(text: string): string {
    return this.constant(this.strings, "s_", text);
  }

  /** Identifier of an interned name. */
  name(text: string): string {
    return this.constant(this.names, "n_", text);
  }

  /** Identifier of a registered constant pool. */
  pool(strings: readonly string[]): string {
    const key = JSON.stringify(strings);
    let pool = this.pools.get(key);
    if (pool === undefined) {
      pool = { identifier: `pool_${this.pools.size}`, strings };
      this.pools.set(key, pool);
    }
    return pool.identifier;
  }

  /** Expression for the address of a new inline cache. */
  cacheSite(): string {
    const site = this.cacheSites++;
    return `caches + ${site * CACHE_BYTES}`;
  }

  /** Expression for the word index of an access site of optimised code. `key` tells the access from all others of the module. */
  site(key: string): string {
    let site = this.sites.get(key);
    if (site === undefined) {
      site = this.sites.size;
      this.sites.set(key, site);
    }
    return site === 0 ? "sites" : `(sites + ${site * SITE_WORDS})`;
  }

  /** Expression for the address of a slot that holds a constant. */
  slot(value: string | number | boolean | null): string {
    const key = `${typeof value} ${Object.is(value, -0) ? "-0" : String(value)}`;
    let index = this.slotIndex.get(key);
    if (index === undefined) {
      index = this.slots.push(value) - 1;
      this.slotIndex.set(key, index);
    }
    return index === 0 ? "constants" : `(constants + ${index * 8})`;
  }

  /** Identifier of the code number of a built-in function. */
  intrinsic(name: string): string {
    this.intrinsics.add(name);
    return `INTRINSIC_${name}`;
  }

  private constant(table: Map<string, string>, prefix: string, text: string): string {
    let identifier = table.get(text);
    if (identifier === undefined) {
      identifier = this.identifiers.unique(prefix, text);
      table.set(text, identifier);
    }
    return identifier;
  }

  /** Declares all of them. */
  print(printer: Printer): void {
    if (this.sites.size > 0) printer.line(`const sites = abi.sites(${this.sites.size});`);
    if (this.slots.length > 0) {
      const values = this.slots.map((value) => (typeof value === "string" ? quote(value) : literal(value)));
      printer.line(`const constants = abi.constants([${values.join(", ")}]);`);
    }
    for (const name of this.intrinsics) printer.line(`const INTRINSIC_${name} = abi.intrinsics.${name};`);
    if (this.cacheSites > 0) printer.line(`const caches = abi.inlineCaches(${this.cacheSites});`);
    printTable(printer, "strings", this.strings);
    printTable(printer, "names", this.names);
    for (const { identifier, strings } of this.pools.values()) {
      printer.line(`const ${identifier} = abi.constantPool([${strings.map(quote).join(", ")}]);`);
    }
  }
}

function literal(value: number | boolean | null): string {
  return typeof value === "number" ? numberLiteral(value) : String(value);
}

function printTable(printer: Printer, method: string, table: ReadonlyMap<string, string>): void {
  if (table.size === 0) return;
  printer.block(
    "const [",
    () => {
      for (const identifier of table.values()) printer.line(`${identifier},`);
    },
    `] = abi.${method}([`,
  );
  printer.indented(() => {
    for (const text of table.keys()) printer.line(`${quote(text)},`);
  });
  printer.line("]);");
}
