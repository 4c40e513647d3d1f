// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Miscount, Player } from "../../runtime/index.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { leaksJson, leaksText, miscountText, SITES_IN_REPORTS, type SitesByBlock } from "./report.ts";
import type { StopPoint } from "./sites.ts";
import type { Terminal } from "./terminal.ts";

/** Finds where the counts of blocks last changed before a point of the run: empty when the run can't be repeated. */
export type FindSites = (addresses: readonly number[], stop: StopPoint) => SitesByBlock;

/** Reference counts that an audit found wrong. */
export class WrongCounts extends Error {
  override readonly name = "WrongCounts";
  private readonly findings: readonly Miscount[];
  private readonly stop: StopPoint;

  constructor(findings: readonly Miscount[], stop: StopPoint) {
    super("wrong reference counts");
    this.findings = findings;
    this.stop = stop;
  }

  /** The error that ends the command, with the places of the last retain and release of each block. */
  explained(sitesOf: FindSites): CommandError {
    const addresses = this.findings.map(({ ptr }) => ptr);
    const sites = sitesOf(addresses, this.stop);
    const lines = this.findings.map((finding) => `  ${miscountText(finding, sites)}`);
    return new CommandError(ExitCode.InternalError, `wrong reference counts ${stopText(this.stop)}:\n${lines.join("\n")}`);
  }
}

function stopText(stop: StopPoint): string {
  if (stop.after === "end") return "at the end";
  return stop.after === "frame" ? `after frame ${stop.frame}` : `after script ${stop.script}`;
}

/** @throws WrongCounts when a count is not the number of references */
export function requireSoundCounts(player: Player, stop: StopPoint): void {
  const findings = player.audit();
  if (findings.length > 0) throw new WrongCounts(findings, stop);
}

/** Reports what is alive without a root, and what is left when the player is gone. True when there is anything. */
export function reportLeaks(player: Player, terminal: Terminal, format: "text" | "json", sitesOf: FindSites): boolean {
  const leaks = player.leaks();
  const blocksAfterDispose = player.dispose();
  const addresses = leaks.slice(0, SITES_IN_REPORTS).map(({ ptr }) => ptr);
  const sites = addresses.length === 0 ? undefined : sitesOf(addresses, { after: "end" });
  if (format === "json") terminal.err(leaksJson(leaks, blocksAfterDispose, sites));
  else terminal.err(leaksText(leaks, blocksAfterDispose, sites));
  return leaks.length > 0 || blocksAfterDispose > 0;
}
