// SPDX-License-Identifier: AGPL-3.0-or-later

/** Key of the n-th access site of an instruction: every emission of the instruction shares it. */
export function accessKey(unitIndex: number, offset: number, index: number): string {
  return `${unitIndex} ${offset} ${index}`;
}
