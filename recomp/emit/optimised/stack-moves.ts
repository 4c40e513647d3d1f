// SPDX-License-Identifier: AGPL-3.0-or-later

/**
 * Actions that only move values on an operand stack that is followed while text is written, whatever stands for a value there.
 * @returns false for every other action, of which nothing is done
 */
export function moveOnStack<Value>(name: string, pop: () => Value, push: (value: Value) => void): boolean {
  switch (name) {
    case "Pop":
      pop();
      return true;
    case "PushDuplicate": {
      const value = pop();
      push(value);
      push(value);
      return true;
    }
    case "StackSwap": {
      const upper = pop();
      const lower = pop();
      push(upper);
      push(lower);
      return true;
    }
    default:
      return false;
  }
}
