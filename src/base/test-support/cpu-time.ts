/**
 * What the work of a test has cost, for tests that bound it: time that others have the cores counts for nothing. The
 * runtime's own threads are included, so bounds leave room.
 */
export function cpuTimeMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
