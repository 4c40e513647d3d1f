// SPDX-License-Identifier: AGPL-3.0-or-later
import fc from "fast-check";

/**
 * Random programs in the fixtures' dialect: nothing that runs long (all loops and calls share one budget), everything that mixes types, scopes, registers, and
 * ways of leaving blocks. Values are taken from few names, so that programs meet their own objects again.
 */

const NAMES = ["a", "b", "c", "o", "list", "n"] as const;
const MEMBERS = ["x", "y", "length", "next", "valueOf"] as const;
const name = fc.constantFrom(...NAMES);
const member = fc.constantFrom(...MEMBERS);
/** Where statements that only compute find their numbers and leave them. */
const place = fc.constantFrom("s", "t", "p.x", "p.y", "q.x", "q.y", "r[0]", "r[u]", "r[s]", "q[u]");
const literal = fc.oneof(
  fc.constantFrom(
    "0",
    "1",
    "-1",
    "2.5",
    "3",
    "7",
    "NaN",
    "true",
    "false",
    "null",
    "undefined",
    '""',
    '"a"',
    '"12"',
    '"text"',
    "1e21",
  ),
  fc.constantFrom("[]", "[1, 2, 3]", "{}", "{x: 1, y: 'two'}", "new Object()", "new Pair(1, 'p')", "new Pair(2, 3)", "[1, 2]"),
);

interface Grammar {
  expression: string;
  statement: string;
  block: string;
}

const { statement, block, expression } = fc.letrec<Grammar>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    literal,
    name,
    fc.tuple(name, member).map(([object, key]) => `${object}.${key}`),
    fc.tuple(name, tie("expression")).map(([object, key]) => `${object}[${key}]`),
    fc
      .tuple(tie("expression"), fc.constantFrom("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"), tie("expression"))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc
      .tuple(tie("expression"), fc.constantFrom("<", ">", "<=", ">=", "==", "!=", "===", "!==", "&&", "||"), tie("expression"))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc.tuple(tie("expression"), tie("expression"), tie("expression")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(fc.constantFrom("!", "-", "typeof "), tie("expression")).map(([operator, a]) => `${operator}(${a})`),
    fc
      .tuple(fc.constantFrom("add", "pick", "maker", "missing"), tie("expression"), tie("expression"))
      .map(([f, a, b]) => `${f}(${a}, ${b})`),
    fc
      .tuple(name, fc.constantFrom("push", "pop", "charAt", "sum", "toString", "join"), tie("expression"))
      .map(([o, m, a]) => `${o}.${m}(${a})`),
    tie("expression").map((a) => `Math.floor(${a})`),
    fc.tuple(name, fc.constantFrom("++", "--")).map(([a, operator]) => `${a}${operator}`),
  ),
  statement: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.tuple(name, tie("expression")).map(([a, value]) => `${a} = ${value};`),
    fc.tuple(name, tie("expression")).map(([a, value]) => `var ${a} = ${value};`),
    fc.tuple(name, member, tie("expression")).map(([o, key, value]) => `${o}.${key} = ${value};`),
    fc.tuple(name, tie("expression"), tie("expression")).map(([o, key, value]) => `${o}[${key}] = ${value};`),
    // What is stored lies in the array or object that grows for it.
    fc
      .tuple(name, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 9 }))
      .map(([o, at, times]) => `for (var g = 0; g < ${times}; g++) ${o}[${o}.length] = ${o}[${o}.length - g - ${at}];`),
    fc.tuple(name, member, member).map(([o, to, from]) => `${o}.${to} = ${o}.${from};`),
    fc
      .tuple(name, fc.constantFrom("+=", "-=", "*="), tie("expression"))
      .map(([a, operator, value]) => `${a} ${operator} ${value};`),
    tie("expression").map((value) => `show(${value});`),
    fc.tuple(name, member).map(([o, key]) => `delete ${o}.${key};`),
    fc.tuple(tie("expression"), tie("block"), tie("block")).map(([test, a, b]) => `if (${test}) ${a} else ${b}`),
    fc
      .tuple(fc.integer({ min: 1, max: 5 }), tie("block"))
      .map(([n, body]) => `for (var i${n} = 0; i${n} < ${n} && calls++ < 300; i${n}++) ${body}`),
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), tie("block"))
      .map(([n, body]) => `var w${n} = ${n}; while (w${n}-- > 0 && calls++ < 300) ${body}`),
    fc.tuple(name, tie("block")).map(([o, body]) => `for (var k in ${o}) ${body}`),
    fc.tuple(tie("block"), tie("block")).map(([a, b]) => `try ${a} catch (e) ${b}`),
    fc.tuple(tie("block"), tie("block")).map(([a, b]) => `try ${a} finally ${b}`),
    tie("expression").map((value) => `throw ${value};`),
    fc.constantFrom("break;", "continue;").map((word) => `for (var j = 0; j < 2; j++) { show(j); if (j == 0) ${word} }`),
    fc.tuple(name, tie("block")).map(([o, body]) => `with (${o}) ${body}`),
    tie("block").map((body) => `(function (a, b) ${body})(b, n);`),
    fc
      .array(fc.tuple(place, place, fc.constantFrom("+", "-", "*", "%", "|"), place), { minLength: 2, maxLength: 6 })
      .map((sums) => sums.map(([to, x, operator, y]) => `${to} = ${x} ${operator} (${y} - 0);`).join(" "))
      .map(
        (body) =>
          `show((function (p, q, r) { var s = 1; var t = p.x; for (var u = 0; u < 3; u++) { ${body} } return s + t; })(a, o, list));`,
      ),
    tie("expression").map((value) => `if (depth() > 3) return ${value};`),
  ),
  block: fc.array(tie("statement"), { maxLength: 4, depthIdentifier: "block" }).map((list) => `{ ${list.join(" ")} }`),
}));

/**
 * Methods that keep a little and pass on to one of those before them, as `-O2` runs without a frame. What they take, keep and pass on
 * may be all that holds it, or be what the callee replaces.
 */
const field = fc.constantFrom("x", "y", "next");
const passed = fc.oneof(
  fc.constantFrom("u", "v", "this", "1", "null", "'s'", "t", "undefined", "u == v"),
  field.map((key) => `this.${key}`),
);
const kept = fc.oneof(
  passed,
  fc.constantFrom("this.next.x", "this.next.next", "this.x + 1", "v + 0", "t.next", "new Pair(v, u)"),
);
const keeping = fc.oneof(
  fc.tuple(field, kept).map(([key, value]) => `this.${key} = ${value};`),
  fc.tuple(fc.constantFrom("u", "t", "this.next"), field, kept).map(([object, key, value]) => `${object}.${key} = ${value};`),
  field.map((key) => `t = this.${key};`),
  fc.constantFrom("a = u;", "o.next = this.next;", "if (v == null) return t;", "if (this.x > 2) { this.x = 0; return u; }"),
);
const receiver = fc.constantFrom("this", "u", "t", "this.next", "this.next.next", "this.y");

function delegate(index: number): fc.Arbitrary<string> {
  const callee = fc.oneof(
    fc
      .tuple(receiver, fc.integer({ min: 0, max: Math.max(0, index - 1) }), fc.array(passed, { maxLength: 3 }))
      .map(([object, to, args]) => `${object}.pass${to}(${args.join(", ")})`),
    fc.tuple(fc.constantFrom("add", "pick"), passed, passed).map(([f, x, y]) => `${f}(${x}, ${y})`),
  );
  const end = index === 0 ? passed.map((value) => `return ${value};`) : ends(callee);
  return fc
    .tuple(fc.array(keeping, { maxLength: 3 }), end)
    .map(([list, last]) => `Pair.prototype.pass${index} = function (u, v) { var t = this.y; ${list.join(" ")} ${last} };`);
}

function ends(callee: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    callee.map((call) => `return ${call};`),
    fc.tuple(callee, passed).map(([call, value]) => `${call}; return ${value};`),
    callee.map((call) => `${call};`),
    fc.tuple(callee, callee).map(([a, b]) => `if (u == null) return ${a}; return ${b};`),
  );
}

const DELEGATES = 5;
const delegation: fc.Arbitrary<string> = fc
  .tuple(
    fc.tuple(...Array.from({ length: DELEGATES }, (_, index) => delegate(index))),
    fc.array(
      fc.tuple(
        fc.constantFrom("p", "q"),
        fc.integer({ min: 1, max: DELEGATES - 1 }),
        fc.constantFrom("p", "q", "i", "null", "p.next"),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  )
  .map(
    ([methods, calls]) => `${methods.join("\n")}
guarded(function () {
  for (var i = 0; i < 4; i++) {
    var p = new Pair(i, null); var q = new Pair(1, p); p.next = q; q.next = p;
    for (var j = 0; j < 3; j++) { ${calls.map(([object, index, argument]) => `show(${object}.pass${index}(${argument}, j));`).join(" ")} }
    show(p.x); show(q.x); show(typeof p.next); show(typeof q.y);
  }
});`,
  );

/** What every program begins with: a few functions, a class, and a way to print any value. */
const PRELUDE = `
var calls = 0;
function depth() { return calls++ > 400 ? 9 : 0; }
function show(v) { if (calls++ < 200) trace(typeof v + " " + (typeof v == "function" ? "f" : v)); }
function add(x, y) { return x + y; }
function pick(x, y) { if (x > y) return x; return y; }
function maker(x, y) { return function (z) { x += z; return x; }; }
function Pair(x, y) { this.x = x; this.y = y; }
Pair.prototype.sum = function (z) { return this.x + this.y + z; };
var a = 1; var b = "two"; var c = [3, 4]; var o = {x: 5, next: null}; var list = [1, "b", {x: 2}]; var n = 10;
`;

/** Statements as timeline code may have them: no function is there to return from. */
function withoutReturns(statements: readonly string[]): string {
  return statements.filter((text) => !text.includes("return")).join(" ");
}

/** A whole program: the same statements in a function (with registers and without), and on the timeline. */
export const program: fc.Arbitrary<string> = fc
  .tuple(fc.array(statement, { maxLength: 5 }), fc.array(statement, { maxLength: 5 }), block, expression, delegation)
  .map(
    ([inFunction, onTimeline, inMethod, result, delegates]) => `${PRELUDE}
function main(a, n) { var list = [a, n]; ${inFunction.join(" ")} return ${result}; }
Pair.prototype.run = function (b) ${inMethod};
function guarded(f) { try { show(f()); } catch (error) { show("caught " + error); } }
${delegates}
guarded(function () { return main(3, 4); });
guarded(function () { return main("s", o); });
guarded(function () { return new Pair(o, list).run(7); });
guarded(function () { ${onTimeline.join(" ")} return 1; });
try { ${withoutReturns(onTimeline)} } catch (error) { show("outside " + error); }
show(a); show(c); show(list);
`,
  );
