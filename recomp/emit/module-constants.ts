// SPDX-License-Identifier: AGPL-3.0-or-later
import { Identifiers, type Printer, quote } from "./text.ts";

/** Bytes of one inline cache, as the ABI has it. */
const CACHE_BYTES = 12;

/** Constants of an emitted module: strings, names and constant pools, each under one readable identifier. */
export class ModuleConstants {
  readonly identifiers = new Identifiers();
  private readonly strings = new Map<string, string>();
  private readonly names = new Map<string, string>();
  private cacheSites = 0;
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
    if (this.cacheSites > 0) printer.line(`const caches = abi.inlineCaches(${this.cacheSites});`);
    printTable(printer, "strings", this.strings);
    printTable(printer, "names", this.names);
    for (const { identifier, strings } of this.pools.values()) {
      printer.line(`const ${identifier} = abi.constantPool([${strings.map(quote).join(", ")}]);`);
    }
  }
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
