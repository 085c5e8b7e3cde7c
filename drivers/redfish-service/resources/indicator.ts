import type { Given, JsonObject } from '../exchange.js';
import { refusal } from '../errors.js';
import { choice, memberOf, refused, taken, type Read } from '../given.js';
import type { Parts } from '../parts.js';

/** The locator light, by its old property and by the one that took its place (ComputerSystem.v1_13_0). */
export function ledShown({ machine }: Parts): JsonObject {
  const isLit = machine.chassis.isIdentifying();
  return { IndicatorLED: isLit ? 'Lit' : 'Off', LocationIndicatorActive: isLit };
}

/** Whether it is to be lit; undefined where the body says nothing of it. */
export function readLed(given: Given): Read<boolean | undefined> {
  const isActive = memberOf(given, 'LocationIndicatorActive');
  if (typeof isActive === 'boolean') return taken(isActive);
  if (isActive !== undefined) {
    return refused(refusal('PropertyValueTypeError', ['LocationIndicatorActive'], '#/LocationIndicatorActive'));
  }
  const led = choice(given, 'IndicatorLED', ['Lit', 'Off']);
  if (!led.ok) return led;
  return taken(led.value === undefined ? undefined : led.value === 'Lit');
}
