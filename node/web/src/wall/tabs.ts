// SPDX-License-Identifier: Apache-2.0
// The wall's tabs: which is on, and where the keys go (WAI-ARIA Authoring Practices, tabs).
export const TABS = ["overview", "stock", "settlement", "value"] as const;
export type Tab = (typeof TABS)[number];

export function tabOf(hash: string): Tab {
  return TABS.find((tab) => `#${tab}` === hash) ?? "overview";
}

export function tabAfter(tab: Tab, key: string): Tab | null {
  const at = TABS.indexOf(tab);
  const last = TABS.length - 1;
  const to =
    key === "ArrowRight"
      ? (at + 1) % TABS.length
      : key === "ArrowLeft"
        ? (at + last) % TABS.length
        : key === "Home"
          ? 0
          : key === "End"
            ? last
            : -1;
  return TABS[to] ?? null;
}
