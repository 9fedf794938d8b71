import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const DEPLOY = `${ROOT}deploy`;

export interface AlertRule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}

export function readAlerts(): AlertRule[] {
  const { groups } = parse(readFileSync(`${DEPLOY}/prometheus/alerts.yml`, 'utf8')) as { groups: Array<{ rules: AlertRule[] }> };
  return groups.flatMap(({ rules }) => rules);
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Array<{ expr: string; datasource: { uid: string } }>;
}

export function readDashboard(): { uid: string; panels: Panel[] } {
  return JSON.parse(readFileSync(`${DEPLOY}/grafana/dashboards/trawl.json`, 'utf8'));
}

interface ComposeService {
  image?: string;
  profiles?: string[];
  command?: string | string[];
  ports?: string[];
  volumes?: string[];
  logging?: object;
  restart?: string;
}

export function readCompose(): { services: Record<string, ComposeService>; volumes: Record<string, unknown> } {
  return parse(readFileSync(`${ROOT}docker-compose.yml`, 'utf8'), { merge: true });
}
