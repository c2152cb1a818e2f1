/** The map itself: Leaflet with SVG, no WebGL; what is drawn on it and what a click means. */
import 'leaflet/dist/leaflet.css';

import * as L from 'leaflet';

import { type Datum, type Degrees, fromDatum, toDatum } from '../../places/datum';
import { type AreaLine, type PointFeature, type Shown, type Step, isCluster, stepOf, valueOf, written } from './figures';

export interface Tiles {
  readonly url: string;
  readonly datum: string;
  readonly attribution: string;
}

export interface BoundaryFeature {
  readonly type: 'Feature';
  readonly properties: { readonly code: string; readonly name: string; readonly kind: string };
  readonly geometry: GeoJSON.Geometry;
}

export interface Boundaries {
  readonly features: readonly BoundaryFeature[];
  readonly source: string;
  readonly demo: boolean;
}

/** WGS-84. */
export interface View {
  readonly box: readonly [west: number, south: number, east: number, north: number];
  readonly centre: Degrees;
  readonly zoom: number;
}

export interface Wishes {
  readonly seen: (view: View) => void;
  readonly area: (code: string) => void;
  readonly feature: (feature: PointFeature) => void;
}

interface Label {
  readonly polygon: L.Polygon;
  readonly words: string;
}

const XIAOYI: Degrees = [37.12, 111.65];
/** About the size of a sign in a label, and of what is around them. */
const SIGN_PIXELS = { wide: 13, high: 20, around: 12 };
/** As near as is of use: closer, no cluster comes apart any more. */
export const NEAREST = 19;

export class Sheet {
  private readonly map: L.Map;
  private readonly datum: Datum;
  private readonly dots: L.Renderer;
  private readonly opaque: number;
  private readonly areas = L.layerGroup();
  private readonly points = L.layerGroup();
  private labels: Label[] = [];

  constructor(
    element: HTMLElement,
    tiles: Tiles,
    private readonly wishes: Wishes,
    start: { readonly centre: Degrees; readonly zoom: number } | null,
  ) {
    this.datum = tiles.url ? (tiles.datum as Datum) : 'wgs84';
    this.opaque = tiles.url ? 0.6 : 0.9;
    // A map that is left while it still zooms would go on without its panes.
    this.map = L.map(element, { zoomSnap: 0.25, maxZoom: NEAREST, minZoom: 8, fadeAnimation: false, zoomAnimation: false, attributionControl: Boolean(tiles.attribution) });
    this.map.attributionControl?.setPrefix('');
    this.map.setView(this.on(start?.centre ?? XIAOYI), start?.zoom ?? 11);
    if (tiles.url) L.tileLayer(tiles.url, { attribution: tiles.attribution, maxZoom: NEAREST }).addTo(this.map);
    L.control.scale({ imperial: false }).addTo(this.map);
    // Dots lie on the areas. In SVG: a canvas on top would keep the pointer from what is under it.
    this.map.createPane(DOTS).style.zIndex = '450';
    this.dots = L.svg({ pane: DOTS });
    this.areas.addTo(this.map);
    this.points.addTo(this.map);
    this.map.on('moveend', () => this.told());
    this.map.on('zoomend', () => this.zoomed());
  }

  remove(): void {
    this.map.remove();
  }

  resized(): void {
    this.map.invalidateSize();
  }

  told(): void {
    const bounds = this.map.getBounds();
    const [south, west] = this.off(bounds.getSouthWest());
    const [north, east] = this.off(bounds.getNorthEast());
    this.wishes.seen({ box: [west, south, east, north], centre: this.off(this.map.getCenter()), zoom: this.map.getZoom() });
  }

  /** The areas in their colours; those that have no boundary are in the list only. */
  drawAreas(boundaries: Boundaries, lines: readonly AreaLine[], steps: readonly Step[], shown: Shown, outline: string): void {
    this.areas.clearLayers();
    this.labels = [];
    const byCode = new Map(lines.map((line) => [line.area, line]));
    for (const feature of boundaries.features) {
      const { code } = feature.properties;
      const line = byCode.get(code);
      if (line && !line.is_itself) this.drawArea(feature, line, steps, shown);
      else if (code === outline) this.geometry(feature, { color: '#33465a', weight: 2.5, fill: false, interactive: false });
    }
    this.zoomed();
  }

  private drawArea(feature: BoundaryFeature, line: AreaLine, steps: readonly Step[], shown: Shown): void {
    const fill = stepOf(steps, valueOf(line, shown))?.colour ?? '#f4f6f8';
    const layer = this.geometry(feature, { color: '#33465a', weight: 1.2, fillColor: fill, fillOpacity: this.opaque });
    layer.on('click', () => this.wishes.area(line.area));
    layer.eachLayer((part) => {
      if (part instanceof L.Polygon) this.labels.push({ polygon: part, words: `${line.name} ${written(line, shown)}` });
    });
  }

  private geometry(feature: BoundaryFeature, style: L.PathOptions): L.GeoJSON {
    const options: L.GeoJSONOptions = {
      style,
      interactive: style.interactive ?? true,
      coordsToLatLng: ([longitude, latitude]) => L.latLng(this.on([latitude!, longitude!])),
    };
    return L.geoJSON(feature as unknown as GeoJSON.Feature, options).addTo(this.areas);
  }

  /** Far off, areas are what is looked at; near by they are the ground that the dots lie on. */
  private zoomed(): void {
    const far = this.map.getZoom() < POINTS_FROM;
    for (const { polygon } of this.labels) polygon.setStyle({ fillOpacity: far ? this.opaque : 0.25 });
    this.labelled(far);
  }

  /** A name is written where there is room for it; elsewhere it comes under the pointer. */
  private labelled(far: boolean): void {
    const taken: L.Bounds[] = [];
    for (const { polygon, words } of [...this.labels].sort((a, b) => this.size(b.polygon) - this.size(a.polygon))) {
      const box = this.labelBox(polygon, words);
      const permanent = far && !taken.some((other) => other.intersects(box));
      if (permanent) taken.push(box);
      polygon.unbindTooltip();
      polygon.bindTooltip(plain(words), { permanent, sticky: !permanent, direction: 'center', className: 'area-label' });
    }
  }

  private labelBox(polygon: L.Polygon, words: string): L.Bounds {
    const middle = this.map.latLngToLayerPoint(polygon.getCenter());
    const half = L.point((words.length * SIGN_PIXELS.wide) / 2 + SIGN_PIXELS.around / 2, SIGN_PIXELS.high / 2);
    return L.bounds(middle.subtract(half), middle.add(half));
  }

  private size(polygon: L.Polygon): number {
    const bounds = polygon.getBounds();
    return (bounds.getEast() - bounds.getWest()) * (bounds.getNorth() - bounds.getSouth());
  }

  drawPoints(features: readonly PointFeature[]): void {
    this.points.clearLayers();
    for (const feature of features) {
      const { properties } = feature;
      const [longitude, latitude] = feature.geometry.coordinates;
      const place = this.on([latitude, longitude]);
      const marker = isCluster(properties)
        ? L.marker(place, { icon: disc(properties.count, properties.overdue), keyboard: false })
        : L.circleMarker(place, { renderer: this.dots, pane: DOTS, radius: properties.level === 'major' ? 9 : 7, ...dot(properties) });
      const words = isCluster(properties)
        ? `${properties.count} 条，逾期 ${properties.overdue}，重大 ${properties.majors}`
        : `${properties.site_name || properties.spot || properties.number}：${properties.description.slice(0, 40)}`;
      marker.bindTooltip(plain(words), { direction: 'top', offset: [0, -8] });
      marker.on('click', () => this.wishes.feature(feature));
      marker.addTo(this.points);
    }
  }

  /** Go where an area is; tells whether it has a boundary. */
  showArea(boundaries: Boundaries, code: string): boolean {
    const feature = boundaries.features.find((each) => each.properties.code === code);
    if (!feature) return false;
    const bounds = L.geoJSON(feature as unknown as GeoJSON.Feature, {
      coordsToLatLng: ([longitude, latitude]) => L.latLng(this.on([latitude!, longitude!])),
    }).getBounds();
    this.map.fitBounds(bounds, { padding: [12, 12], maxZoom: 16 });
    return true;
  }

  goTo(centre: Degrees, zoom: number): void {
    this.map.setView(this.on(centre), zoom);
  }

  showBox([west, south, east, north]: readonly [number, number, number, number]): void {
    const before = this.map.getZoom();
    const bounds = L.latLngBounds(this.on([south, west]), this.on([north, east]));
    this.map.fitBounds(bounds, { padding: [60, 60], maxZoom: NEAREST });
    if (this.map.getZoom() <= before) this.map.setView(bounds.getCenter(), Math.min(before + 2, NEAREST));
  }

  private on(place: Degrees): L.LatLngTuple {
    const [latitude, longitude] = toDatum(place, this.datum);
    return [latitude, longitude];
  }

  private off({ lat, lng }: L.LatLng): Degrees {
    return fromDatum([lat, lng], this.datum);
  }
}

/** From this zoom on single hazards and clusters are shown. */
export const POINTS_FROM = 12.5;

const DOTS = 'dots';
const OVERDUE = '#b3261e';
const OPEN = '#0b5cad';
const CLOSED = '#10693a';

function dot({ overdue, state, level }: { overdue: boolean; state: string; level: string }): L.CircleMarkerOptions {
  const fillColor = overdue ? OVERDUE : state === 'closed' ? CLOSED : OPEN;
  return { color: level === 'major' ? '#10202f' : '#fff', weight: level === 'major' ? 3 : 1.5, fillColor, fillOpacity: 0.95 };
}

function disc(count: number, overdue: number): L.DivIcon {
  const element = document.createElement('span');
  element.className = overdue ? 'cluster late' : 'cluster';
  element.textContent = count.toLocaleString('zh-CN');
  const size = Math.min(34 + Math.log10(count) * 9, 64);
  element.style.width = element.style.height = `${size}px`;
  return L.divIcon({ html: element, className: '', iconSize: [size, size] });
}

/** Words that people wrote are text, never markup. */
function plain(words: string): HTMLElement {
  const element = document.createElement('span');
  element.textContent = words;
  return element;
}
