// SPDX-License-Identifier: Apache-2.0
// The number of one intent: 64 random bits as a decimal string, because a JavaScript number would
// round it. The same intent may be sent again and is answered once.
export function newIntent(
  fill: (words: Uint32Array<ArrayBuffer>) => unknown = (words) => crypto.getRandomValues(words),
): string {
  const words = new Uint32Array(2);
  do fill(words);
  while (words[0] === 0 && words[1] === 0);
  return ((BigInt(words[0] ?? 0) << 32n) | BigInt(words[1] ?? 0)).toString();
}
