// SPDX-License-Identifier: MIT
import { toNumber } from "../conversion/to-number.ts";
import type { Addr } from "../layout/value.ts";
import { TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { attachNativeData, NativeClass, nativeSlot } from "../objects/native-data.ts";
import { stringFromJs } from "../strings/heap-string.ts";
import { copyValue, setNumber, tagOf } from "../values/slots.ts";
import type { ClassTable, Member } from "./declare.ts";
import { isConstructorCall, returnNumber, returnString, thisObject } from "./native-call.ts";

const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;
const MAX_TIME = 8.64e15;
const DAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Fields of a moment, all numbers; month from 0. */
interface Fields {
  year: number;
  month: number;
  date: number;
  hours: number;
  minutes: number;
  seconds: number;
  ms: number;
}

function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar; month may be out of range. */
function daysFromCivil(year: number, month: number, date: number): number {
  const y = year + Math.floor(month / 12);
  const m = mod(month, 12);
  const yearOfEra = m <= 1 ? y - 1 : y;
  const era = Math.floor(yearOfEra / 400);
  const yoe = yearOfEra - era * 400;
  const shifted = mod(m + 10, 12);
  const dayOfYear = Math.floor((153 * shifted + 2) / 5);
  return era * 146097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + dayOfYear - 719468 + date - 1;
}

function civilFromDays(days: number): { year: number; month: number; date: number } {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const doe = z - era * 146097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524) - Math.floor(doe / 146096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mod(mp + 2, 12);
  return { year: yoe + era * 400 + (month <= 1 ? 1 : 0), month, date: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

function makeTime(f: Fields): number {
  const month = Math.trunc(f.month);
  const days = daysFromCivil(Math.trunc(f.year), month, 1) + Math.trunc(f.date) - 1;
  return (
    days * MS_PER_DAY +
    Math.trunc(f.hours) * MS_PER_HOUR +
    Math.trunc(f.minutes) * MS_PER_MINUTE +
    Math.trunc(f.seconds) * 1000 +
    Math.trunc(f.ms)
  );
}

function fieldsOf(time: number): Fields {
  // An infinite time is a date whose fields have never been set.
  if (!Number.isFinite(time)) return { year: 1970, month: 0, date: 1, hours: 0, minutes: 0, seconds: 0, ms: 0 };
  const days = Math.floor(time / MS_PER_DAY);
  const rest = mod(time, MS_PER_DAY);
  return {
    ...civilFromDays(days),
    // Half a millisecond late, so that -0.5 is in hour 0 of the day that ends there.
    hours: mod(Math.floor((time + 0.5) / MS_PER_HOUR), 24),
    minutes: Math.floor(rest / MS_PER_MINUTE) % 60,
    seconds: Math.floor(rest / 1000) % 60,
    ms: mod(Math.trunc(time), 1000),
  };
}

/** Day of the week, Sunday 0; 0 for an infinite time. */
function weekdayOf(time: number): number {
  return Number.isFinite(time) ? mod(Math.floor(time / MS_PER_DAY) + 4, 7) : 0;
}

function clip(time: number): number {
  return Math.abs(time) <= MAX_TIME ? Math.trunc(time) + 0 : Number.NaN;
}

function offsetMs(vm: Machine): number {
  return vm.host.utcOffsetMinutes() * MS_PER_MINUTE;
}

function now(vm: Machine): number {
  return vm.version >= 8 ? Math.round(vm.host.nowMs()) : Math.trunc(vm.host.nowMs());
}

function yearOf(year: number): number {
  return year < 100 ? year + 1900 : year;
}

/** Arguments as numbers up to the first undefined one. */
function numbers(vm: Machine, args: Addr, argc: number): number[] {
  const values: number[] = [];
  for (let i = 0; i < Math.min(7, argc); i++) {
    if (tagOf(vm, args + i * 8) === TAG_UNDEFINED) break;
    values.push(toNumber(vm, args + i * 8));
  }
  return values;
}

/** A year that is no finite number counts as year 0, and so does the year of such a month; any other infinity or NaN is the time itself. */
function timeOfFields(values: number[]): number {
  const infinite = values.slice(2).filter((value) => !Number.isFinite(value));
  if (infinite.length > 0) return infinite.reduce((sum, value) => sum + value);
  const [date = 1, hours = 0, minutes = 0, seconds = 0, ms = 0] = values.slice(2).map(Math.trunc);
  const isValid = Number.isFinite(values[0]) && Number.isFinite(values[1]);
  const year = isValid ? yearOf(Math.floor(values[0])) : 0;
  const month = Number.isFinite(values[1]) ? Math.trunc(values[1]) : 0;
  return makeTime({ year, month, date, hours, minutes, seconds, ms });
}

/** Whether a time is no date: NaN, and from player version 10 on infinities. */
function isInvalid(vm: Machine, time: number): boolean {
  return vm.playerVersion >= 10 ? !Number.isFinite(time) : Number.isNaN(time);
}

function formatDate(vm: Machine, time: number): string {
  if (isInvalid(vm, time)) return "Invalid Date";
  const offset = offsetMs(vm);
  const minutes = vm.host.utcOffsetMinutes();
  const f = fieldsOf(time + offset);
  const day = DAY_NAMES[weekdayOf(time + offset)];
  const two = (value: number): string => String(value).padStart(2, "0");
  const zone = `GMT${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`;
  return `${day} ${MONTH_NAMES[f.month]} ${f.date} ${two(f.hours)}:${two(f.minutes)}:${two(f.seconds)} ${zone} ${f.year}`;
}

const construct: NativeFunction = (vm, _fn, self, args, argc) => {
  const constructing = isConstructorCall(vm);
  const object = thisObject(vm, self);
  if (!constructing || object === 0) {
    returnString(vm, stringFromJs(vm, formatDate(vm, now(vm))));
    return;
  }
  const values = numbers(vm, args, argc);
  let time = now(vm);
  if (values.length === 1) time = values[0];
  else if (values.length > 1) time = timeOfFields(values) - offsetMs(vm);
  setNumber(vm, attachNativeData(vm, object, NativeClass.Date, 1), time);
  copyValue(vm, self, vm.result);
};

function timeSlot(vm: Machine, self: Addr): Addr {
  const object = thisObject(vm, self);
  return object === 0 ? 0 : nativeSlot(vm, object, NativeClass.Date, 0);
}

/** A getter of one field in local time or UTC. `overflow`: what an infinite time gives from player version 10 on. */
function getter(utc: boolean, read: (fields: Fields, localMs: number) => number, overflow: number): NativeFunction {
  return (vm, _fn, self) => {
    const slot = timeSlot(vm, self);
    if (slot === 0) return;
    const local = vm.F64[slot >> 3] + (utc ? 0 : offsetMs(vm));
    if (Number.isNaN(local)) returnNumber(vm, Number.NaN);
    else returnNumber(vm, isInvalid(vm, local) ? overflow : read(fieldsOf(local), local));
  };
}

/** A setter: changes fields by its arguments; a missing first argument makes the date invalid. */
function setter(utc: boolean, change: (fields: Fields, values: number[]) => void): NativeFunction {
  return (vm, _fn, self, args, argc) => {
    const slot = timeSlot(vm, self);
    if (slot === 0) return;
    const values = numbers(vm, args, argc);
    const offset = utc ? 0 : offsetMs(vm);
    const time = vm.F64[slot >> 3];
    let result = Number.NaN;
    if (values.length > 0 && values.every(Number.isFinite)) {
      const fields = fieldsOf((Number.isNaN(time) ? 0 : time) + offset);
      if (!Number.isNaN(time) || change === setYearField) {
        change(fields, values);
        result = clip(makeTime(fields) - offset);
      }
    }
    vm.F64[slot >> 3] = result;
    returnNumber(vm, result);
  };
}

const setYearField = (f: Fields, [year, month = f.month, date = f.date]: number[]): void => {
  f.year = year;
  f.month = month;
  f.date = date;
};

type FieldMember = [name: string, index: number, read: (fields: Fields, localMs: number) => number, overflow: number];
type SetterMember = [name: string, index: number, change: ((fields: Fields, values: number[]) => void) | null];

/** Where the conversion of an infinite time to fields ends up. */
const INT32_MIN = -2147483648;

const GETTERS: FieldMember[] = [
  ["FullYear", 0, (f) => f.year, INT32_MIN + 1970],
  ["Year", 1, (f) => f.year - 1900, INT32_MIN + 70],
  ["Month", 2, (f) => f.month, 0],
  ["Date", 3, (f) => f.date, INT32_MIN + 1],
  ["Day", 4, (_f, local) => weekdayOf(local), INT32_MIN + 7],
  ["Hours", 5, (f) => f.hours, INT32_MIN + 24],
  ["Minutes", 6, (f) => f.minutes, INT32_MIN + 60],
  ["Seconds", 7, (f) => f.seconds, INT32_MIN + 60],
  ["Milliseconds", 8, (f) => f.ms, INT32_MIN + 1000],
];

const SETTERS: SetterMember[] = [
  ["FullYear", 9, setYearField],
  ["Month", 10, null],
  [
    "Date",
    11,
    (f, [date]) => {
      f.date = date;
    },
  ],
  [
    "Hours",
    12,
    (f, [hours, minutes = f.minutes, seconds = f.seconds, ms = f.ms]) => void Object.assign(f, { hours, minutes, seconds, ms }),
  ],
  ["Minutes", 13, (f, [minutes, seconds = f.seconds, ms = f.ms]) => void Object.assign(f, { minutes, seconds, ms })],
  ["Seconds", 14, (f, [seconds, ms = f.ms]) => void Object.assign(f, { seconds, ms })],
  [
    "Milliseconds",
    15,
    (f, [ms]) => {
      f.ms = ms;
    },
  ],
];

const getTime: NativeFunction = (vm, _fn, self) => {
  const slot = timeSlot(vm, self);
  if (slot !== 0) returnNumber(vm, vm.F64[slot >> 3]);
};

const setTime: NativeFunction = (vm, _fn, self, args, argc) => {
  const slot = timeSlot(vm, self);
  if (slot === 0) return;
  const value = argc > 0 ? toNumber(vm, args) : Number.NaN;
  vm.F64[slot >> 3] = clip(value);
  returnNumber(vm, clip(value));
};

/** setYear: a year that is missing or no finite number is year 0. */
const setYear: NativeFunction = (vm, _fn, self, args, argc) => {
  const slot = timeSlot(vm, self);
  if (slot === 0) return;
  const [year = Number.NaN, month, date] = numbers(vm, args, argc);
  const offset = offsetMs(vm);
  const fields = fieldsOf(vm.F64[slot >> 3] + offset);
  const full = year >= 0 && year <= 99 ? year + 1900 : year;
  setYearField(fields, [Number.isFinite(full) ? full : 0, month, date]);
  storeTime(vm, slot, Number.isNaN(vm.F64[slot >> 3]) ? Number.NaN : clip(makeTime(fields) - offset));
};

/** setMonth and setUTCMonth: an argument that is no number is January, an infinite one January of year 0. */
function monthSetter(utc: boolean): NativeFunction {
  return (vm, _fn, self, args, argc) => {
    const slot = timeSlot(vm, self);
    if (slot === 0) return;
    const [month = argc > 0 ? 0 : Number.NaN, date] = numbers(vm, args, argc);
    const offset = utc ? 0 : offsetMs(vm);
    const time = vm.F64[slot >> 3];
    const isInfinite = Math.abs(month) === Number.POSITIVE_INFINITY;
    const fields = fieldsOf(time + offset);
    if (isInfinite) fields.year = 0;
    fields.month = Number.isFinite(month) ? month : 0;
    if (date !== undefined) fields.date = date;
    const isValid = argc > 0 && !Number.isNaN(time) && (Number.isFinite(time) || isInfinite) && Number.isFinite(fields.date);
    storeTime(vm, slot, isValid ? clip(makeTime(fields) - offset) : Number.NaN);
  };
}

/** Stores and returns a date's new time. */
function storeTime(vm: Machine, slot: Addr, time: number): void {
  vm.F64[slot >> 3] = time;
  returnNumber(vm, time);
}

const getTimezoneOffset: NativeFunction = (vm, _fn, self) => {
  const slot = timeSlot(vm, self);
  if (slot !== 0) returnNumber(vm, isInvalid(vm, vm.F64[slot >> 3]) ? Number.NaN : -vm.host.utcOffsetMinutes());
};

const toStringMethod: NativeFunction = (vm, _fn, self) => {
  const slot = timeSlot(vm, self);
  if (slot !== 0) returnString(vm, stringFromJs(vm, formatDate(vm, vm.F64[slot >> 3])));
};

const utc: NativeFunction = (vm, _fn, _self, args, argc) => {
  const values = numbers(vm, args, argc);
  if (values.length >= 2) returnNumber(vm, timeOfFields(values));
};

const UTC_BIAS = 128;

function members(): Member[] {
  const list: Member[] = [];
  for (const [name, index, read, overflow] of GETTERS)
    list.push({ name: `get${name}`, method: getter(false, read, overflow), native: [103, index] });
  list.push({ name: "getTime", method: getTime, native: [103, 16] });
  for (const [name, index, change] of SETTERS)
    list.push({ name: `set${name}`, method: change === null ? monthSetter(false) : setter(false, change), native: [103, index] });
  list.push(
    { name: "setTime", method: setTime, native: [103, 17] },
    { name: "getTimezoneOffset", method: getTimezoneOffset, native: [103, 18] },
    { name: "toString", method: toStringMethod, native: [103, 19] },
    { name: "setYear", method: setYear, native: [103, 20] },
  );
  for (const [name, index, read, overflow] of GETTERS) {
    list.push({ name: `getUTC${name}`, method: getter(true, read, overflow), native: [103, UTC_BIAS + index] });
  }
  for (const [name, index, change] of SETTERS) {
    list.push({
      name: `setUTC${name}`,
      method: change === null ? monthSetter(true) : setter(true, change),
      native: [103, UTC_BIAS + index],
    });
  }
  list.push({ name: "valueOf", method: getTime, native: [103, 16] });
  return list;
}

export const dateClass: ClassTable = {
  name: "Date",
  sealed: true,
  construct,
  returnsOwnResult: true,
  native: [103, 256],
  statics: [{ name: "UTC", method: utc, native: [103, 257] }],
  prototype: members(),
};
