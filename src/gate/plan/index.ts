export {
  estimateGate,
  type CohortUse,
  type EstimateRequest,
  type GateEstimate,
  type LaneEstimate,
} from './estimateGate.js';
