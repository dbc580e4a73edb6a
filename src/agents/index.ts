/**
 * How an agent version is named, found and identified by its code: the digest over its files, the task queue that its
 * workers serve, and loading the one wrapped function of a module.
 *
 * Reads files, since identity here is file content; never runs an agent (workers do) and never talks to the network.
 * Specification: CAPTURE, "Agent worker contract"; TEMPORAL §4 for the queue.
 */
export { agentDigest, digestFiles, type AgentFiles } from './agentDigest.js';
export { agentQueue } from './agentQueue.js';
export { loadAgent, type LoadedAgent } from './loadAgent.js';
