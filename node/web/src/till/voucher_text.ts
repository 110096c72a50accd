// SPDX-License-Identifier: Apache-2.0
// For tests: a voucher's text, signed by nobody.
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

export function codeOfBytes(bytes: readonly number[]): string {
  let out = "VV1:";
  for (let at = 0; at < bytes.length; at += 2) {
    const [first = 0, second] = bytes.slice(at, at + 2);
    let value = second === undefined ? first : first * 256 + second;
    for (let digit = second === undefined ? 2 : 3; digit > 0; digit -= 1) {
      out += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return out;
}

// `seed` tells apart what is worth the same.
export function voucherText(worth: number, { name = "", format = 1, seed = 7 } = {}): string {
  const amount = [...worth.toString(16).padStart(16, "0").matchAll(/../g)];
  return codeOfBytes([
    format,
    ...new Array<number>(8).fill(3),
    ...[0, 2],
    ...new Array<number>(16).fill(seed),
    ...amount.map(([byte]) => parseInt(byte, 16)),
    name ? 1 : 0,
    ...new TextEncoder().encode(name),
    ...new Array<number>(64).fill(9),
  ]);
}
