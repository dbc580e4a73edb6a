/** `1.1.0` names a version of this agent; `name@1.1.0` says which agent itself. */
export const agentVersion =
  (agent: string) =>
  (version: string): string =>
    version.includes('@') ? version : `${agent}@${version}`;
