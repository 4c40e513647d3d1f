// SPDX-License-Identifier: AGPL-3.0-or-later
import { constantValue, type KnownPool, poolAfter } from "./constant-pool.ts";
import { type Code, decodeInstruction } from "./decode.ts";
import { FUNCTION_FLAG, type Instruction, type PushValue } from "./instruction.ts";

/** Strings longer than this are shortened in listings. */
const MAX_SHOWN_CHARACTERS = 60;

/**
 * Lists a script as text, one action per line with its offset, bodies of functions, With and Try indented below their action. The bytes are
 * taken in the order in which they stand, so unreachable code is listed too, and code that is only reached by a jump into the middle of an action
 * is not.
 */
export function disassemble(code: Code): string {
  const lines: string[] = [];
  /** Ends of the bodies around the current offset, innermost last. */
  const ends: { at: number; pool: KnownPool }[] = [];
  let pool: KnownPool = null;
  let offset = 0;
  while (offset < code.bytes.length) {
    while (ends.length > 0 && ends[ends.length - 1].at <= offset) {
      pool = ends.pop()!.pool;
    }
    const instruction = decodeInstruction(code, offset, code.bytes.length);
    const indent = "  ".repeat(Math.min(ends.length, 20));
    lines.push(`${formatOffset(offset)}  ${indent}${formatInstruction(instruction, pool)}`);
    pool = poolAfter(pool, instruction);
    if ("body" in instruction) {
      ends.push({ at: instruction.body.end, pool });
      offset = instruction.body.start;
    } else {
      if (instruction.name === "Try") {
        ends.push({ at: instruction.end, pool });
      }
      offset = instruction.nextOffset;
    }
  }
  return lines.join("\n");
}

/** Offset as listings show it: at least four hexadecimal digits. */
export function formatOffset(offset: number): string {
  return offset.toString(16).padStart(4, "0");
}

/**
 * One action as text, without its offset.
 *
 * @param pool resolves constants where it is known
 */
export function formatInstruction(instruction: Instruction, pool: KnownPool): string {
  const operands = formatOperands(instruction, pool);
  const name =
    instruction.name === "Ignored" ? `Ignored 0x${instruction.opcode.toString(16).padStart(2, "0")}` : instruction.name;
  const damage = instruction.damage === undefined ? "" : `  ; ${instruction.damage}`;
  return (operands === "" ? name : `${name} ${operands}`) + damage;
}

function formatOperands(instruction: Instruction, pool: KnownPool): string {
  switch (instruction.name) {
    case "Push":
      return instruction.values.map((value) => formatPushValue(value, pool)).join(", ");
    case "ConstantPool":
      return instruction.strings.map(quote).join(", ");
    case "Jump":
    case "If":
      return instruction.target < 0 ? `${instruction.target} (before the code)` : formatOffset(instruction.target);
    case "StoreRegister":
      return `r${instruction.register}`;
    case "GotoFrame":
      return `${instruction.frame}`;
    case "GotoFrame2":
      return `${instruction.play ? "play" : "stop"}${instruction.sceneBias > 0 ? ` bias ${instruction.sceneBias}` : ""}`;
    case "GotoLabel":
      return quote(instruction.label);
    case "SetTarget":
      return quote(instruction.path);
    case "GetURL":
      return `${quote(instruction.url)}, ${quote(instruction.target)}`;
    case "GetURL2":
      return [
        instruction.method === "none" ? "" : instruction.method.toUpperCase(),
        instruction.loadTarget ? "into clip" : "",
        instruction.loadVariables ? "variables" : "",
      ]
        .filter((word) => word !== "")
        .join(" ");
    case "StrictMode":
      return `${instruction.mode}`;
    case "WaitForFrame":
      return `${instruction.frame}, skip ${instruction.skip}`;
    case "WaitForFrame2":
      return `skip ${instruction.skip}`;
    case "With":
      return `until ${formatOffset(instruction.body.end)}`;
    case "Try":
      return formatTry(instruction);
    case "DefineFunction":
    case "DefineFunction2":
      return formatFunction(instruction);
    default:
      return "";
  }
}

function formatPushValue(value: PushValue, pool: KnownPool): string {
  switch (value.kind) {
    case "string":
      return quote(value.value);
    case "number":
      return Object.is(value.value, -0) ? "-0.0" : Number.isInteger(value.value) ? `${value.value}.0` : `${value.value}`;
    case "register":
      return `r${value.register}`;
    case "constant": {
      const known = constantValue(value, pool);
      return typeof known === "string" ? quote(known) : `constant ${value.index}`;
    }
    case "null":
    case "undefined":
      return value.kind;
    default:
      return `${value.value}`;
  }
}

function formatTry(instruction: Extract<Instruction, { name: "Try" }>): string {
  const { tryBody, catchBody, catchTarget, finallyBody, end } = instruction;
  const parts = [`until ${formatOffset(tryBody.end)}`];
  if (catchBody !== null) {
    const into = catchTarget.kind === "register" ? `r${catchTarget.register}` : quote(catchTarget.name);
    parts.push(`catch ${into} until ${formatOffset(catchBody.end)}`);
  }
  if (finallyBody !== null) {
    parts.push(`finally until ${formatOffset(end)}`);
  }
  return parts.join(", ");
}

function formatFunction(instruction: Extract<Instruction, { name: "DefineFunction" | "DefineFunction2" }>): string {
  const { functionName, parameters, registerCount, flags, body } = instruction;
  const list = parameters.map(({ name, register }) => (register === 0 ? quote(name) : `r${register}=${quote(name)}`)).join(", ");
  const words = Object.entries(FUNCTION_FLAG)
    .filter(([, bit]) => flags & bit)
    .map(([word]) => ` ${word}`);
  const registers = registerCount > 0 ? ` registers ${registerCount}` : "";
  return `${functionName === "" ? "" : quote(functionName)}(${list})${registers}${words.join("")} until ${formatOffset(body.end)}`;
}

/** A string literal of printable ASCII, shortened when it is long. */
function quote(text: string): string {
  const shown = text.length > MAX_SHOWN_CHARACTERS ? text.slice(0, MAX_SHOWN_CHARACTERS) : text;
  const escaped = JSON.stringify(shown).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return shown === text ? escaped : `${escaped}…`;
}
