// SPDX-License-Identifier: Apache-2.0
// The time of day for ages on the screen; moves once a second.
export const clock = $state({ now: Date.now() });

export function startClock(): void {
  setInterval(() => {
    clock.now = Date.now();
  }, 1000);
}
