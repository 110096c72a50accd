// SPDX-License-Identifier: Apache-2.0
// One line a language: its code, its own name, the tag for numbers and dates, its file.
export const LANGUAGES = [
  { code: "es", name: "Español", tag: "es-ES", load: () => import("./es") },
  { code: "en", name: "English", tag: "en-GB", load: () => import("./en") },
] as const;

export type Code = (typeof LANGUAGES)[number]["code"];
