// SPDX-License-Identifier: AGPL-3.0-or-later

/** An operand stack that is followed while text is written. */
interface FollowedStack<Value> {
  pop(): Value;
  push(value: Value): void;
}

/**
 * Actions that only move values on an operand stack, whatever stands for a value there.
 * @returns false for every other action, of which nothing is done
 */
export function moveOnStack<Value>(name: string, stack: FollowedStack<Value>): boolean {
  switch (name) {
    case "Pop":
      stack.pop();
      return true;
    case "PushDuplicate": {
      const value = stack.pop();
      stack.push(value);
      stack.push(value);
      return true;
    }
    case "StackSwap": {
      const upper = stack.pop();
      const lower = stack.pop();
      stack.push(upper);
      stack.push(lower);
      return true;
    }
    default:
      return false;
  }
}
