/** The five ports of the demo, as the original files have them. */
export interface DemoPorts {
  readonly one: number;
  readonly two: number;
  readonly echo: number;
  /** Where the proxy answers HTTP. */
  readonly http: number;
  /** Where the proxy takes TCP. */
  readonly tcp: number;
}

export const ORIGINAL_PORTS: DemoPorts = { one: 3000, two: 3001, echo: 4000, http: 5000, tcp: 4001 };

export const PORT_NAMES = Object.keys(ORIGINAL_PORTS) as readonly (keyof DemoPorts)[];
