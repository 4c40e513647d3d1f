// SPDX-License-Identifier: AGPL-3.0-or-later
import { checkLayers } from "./layers.ts";

// Run from the package's folder after a build: npm run layers
const findings = checkLayers(process.cwd());
for (const finding of findings) console.error(finding);
if (findings.length > 0) process.exitCode = 1;
