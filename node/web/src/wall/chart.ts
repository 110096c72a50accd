// SPDX-License-Identifier: Apache-2.0
// Takings per minute: amounts as bars, the number of sales as a line.
import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import type { Minute } from "../shared/contract";

export interface ChartWords {
  money: (minor: number) => string;
  number: (value: number) => string;
  time: (atMs: number) => string;
}

export interface Chart {
  data(minutes: readonly Minute[]): void;
  resize(width: number): void;
  destroy(): void;
}

export const HEIGHT = 260;

export function columns(minutes: readonly Minute[]): [number[], number[], number[]] {
  return [
    minutes.map((row) => row.at_ms / 1000),
    minutes.map((row) => row.amount_minor),
    minutes.map((row) => row.sales),
  ];
}

export function makeChart(
  place: HTMLElement,
  words: ChartWords,
  minutes: readonly Minute[],
  hover: (index: number | null) => void,
): Chart {
  const color = (name: string): string => getComputedStyle(place).getPropertyValue(name).trim();
  const font = `12px ${color("--font")}`;
  const whole = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].flatMap((step) => [
    step,
    step * 10_000,
  ]);
  const axis = (scale: string, side: 1 | 3, text: (value: number) => string): uPlot.Axis => ({
    scale,
    side,
    font,
    stroke: color("--ink-soft"),
    incrs: [...new Set(whole)].sort((a, b) => a - b),
    size: (_self, values) => 16 + 7 * Math.max(2, ...(values ?? []).map((value) => value.length)),
    values: (_self, splits) => splits.map(text),
    ticks: { show: false },
    grid: scale === "amount" ? { stroke: color("--line-soft"), width: 1 } : { show: false },
  });
  const fromZero: uPlot.Scale.Range = (_self, _min, max) => [0, Math.max(1, max) * 1.1];
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      padding: [10, 4, 0, 4],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false },
      scales: { x: { time: true }, amount: { range: fromZero }, count: { range: fromZero } },
      axes: [
        {
          font,
          stroke: color("--ink-soft"),
          size: 28,
          space: 70,
          values: (_self, splits) => splits.map((at) => words.time(at * 1000)),
          ticks: { show: false },
          grid: { show: false },
        },
        axis("amount", 3, words.money),
        axis("count", 1, words.number),
      ],
      series: [
        {},
        {
          scale: "amount",
          fill: color("--chart-amount"),
          width: 0,
          points: { show: false },
          ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.8, 24] }) } : {}),
        },
        {
          scale: "count",
          stroke: color("--chart-count"),
          width: 2,
          points: { show: false },
        },
      ],
      hooks: { setCursor: [(self) => hover(self.cursor.idx ?? null)] },
    },
    columns(minutes),
    place,
  );
  return {
    data: (rows) => plot.setData(columns(rows)),
    resize: (width) => plot.setSize({ width, height: HEIGHT }),
    destroy: () => plot.destroy(),
  };
}
