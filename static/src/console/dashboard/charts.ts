/** ECharts with what is used of it; drawn on a canvas, its words in the canvas too (no markup). */
import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { type EChartsType, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([AriaComponent, BarChart, CanvasRenderer, GridComponent, LegendComponent, LineChart, TooltipComponent]);

const FONT = 'system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';

export const COLOURS = { found: '#c06a00', closed: '#10693a', open: '#0b5cad', overdue: '#b3261e' } as const;

/** What all charts have in common. */
export const COMMON = {
  animation: false,
  textStyle: { fontFamily: FONT, fontSize: 14, color: '#26384a' },
  aria: { enabled: true, decal: { show: true } },
  tooltip: { trigger: 'axis', renderMode: 'richText', confine: true },
  legend: { top: 0, textStyle: { fontSize: 14, color: '#26384a' } },
} as const;

/** A chart that fits its element, also when that changes. */
export function chartIn(element: HTMLElement): { chart: EChartsType; end: () => void } {
  const chart = init(element, null, { renderer: 'canvas' });
  const observer = new ResizeObserver(() => chart.resize());
  observer.observe(element);
  const end = () => {
    observer.disconnect();
    chart.dispose();
  };
  return { chart, end };
}
