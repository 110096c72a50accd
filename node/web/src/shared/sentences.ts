// SPDX-License-Identifier: Apache-2.0
// One sentence for each alarm, from its kind and fields.
import type { Alarm, Names } from "./contract";
import type { Translate } from "./language";

export interface Words {
  t: Translate;
  money: (minor: number) => string;
  lasting: (ms: number) => string;
  name: (names: Names | undefined, sku: string) => string;
}

export function sentence(alarm: Alarm, words: Words, names: ReadonlyMap<string, Names>): string {
  const { t } = words;
  const none = "?";
  const device = alarm.device ?? none;
  const stand = alarm.stand || none;
  const purse = alarm.purse ?? none;
  const amount = words.money(Math.abs(alarm.amount_minor ?? 0));
  switch (alarm.kind) {
    case "silent-device":
      return alarm.heard_ms === null || alarm.heard_ms === undefined
        ? t("alarmSilentNever", { device, stand })
        : t("alarmSilent", { device, stand, age: words.lasting(alarm.heard_ms) });
    case "device-gap":
      return t("alarmDeviceGap", { n: alarm.events ?? 0, device, stand, amount });
    case "fork":
      return t("alarmFork", { device });
    case "revoked":
      return t("alarmRevoked", { device });
    case "variance": {
      const units = alarm.units ?? 0;
      const item = words.name(names.get(alarm.sku ?? ""), alarm.sku ?? none);
      const key = units < 0 ? "alarmSurplus" : "alarmVariance";
      return t(key, { n: Math.abs(units), item, stand, amount });
    }
    case "double-spend":
      return t(alarm.frozen ? "alarmDoubleSpendFrozen" : "alarmDoubleSpend", { purse });
    case "overdraft":
      return t("alarmOverdraft", { purse, amount });
    case "gap":
      return t("alarmGap", { purse, amount });
    case "suspense":
      return t("alarmSuspense", { amount });
    case "no-progress":
      return t("alarmNoProgress", { device, age: words.lasting(alarm.since_ms ?? 0) });
    case "damaged-store":
      return t("alarmDamagedStore", { text: alarm.text ?? "" });
    case "write-in-doubt":
      return t("alarmWriteInDoubt");
    case "storage-low":
      return t("alarmStorageLow");
    default:
      return t("alarmOther", { kind: alarm.kind });
  }
}
