import protobuf from 'protobufjs/light.js';
import { AppError } from '../errors/index.js';
import { OTLP_DESCRIPTOR } from './descriptor.js';

/** OTLP/HTTP: an answer has the encoding of its request. */
export type Encoding = 'json' | 'protobuf';

export const OTLP_TYPES: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

export interface ExportAnswer {
  readonly rejected: number;
  /** With no span rejected it is a warning. Empty for none. */
  readonly message: string;
}

const root = protobuf.Root.fromJSON(OTLP_DESCRIPTOR);
const [request, response, status] = ['ExportRequest', 'ExportResponse', 'RpcStatus'].map((name) =>
  root.lookupType(name),
);

/** The request as plain members: 64-bit numbers as text, bytes as bytes. Messages never quote the input. */
export function decodeProtobuf(bytes: Uint8Array): unknown {
  if (request === undefined) throw new Error('the descriptor lacks the request');
  try {
    return request.toObject(request.decode(bytes), { longs: String, arrays: true });
  } catch (cause) {
    throw new AppError('input.invalid', 'the body is not an OTLP trace request in protobuf', { field: '' }, { cause });
  }
}

/** OTLP specification, "OTLP/HTTP Response": partial_success is left out where there is nothing to say. */
export function encodeAnswer({ rejected, message }: ExportAnswer, encoding: Encoding): Buffer {
  const said = rejected > 0 || message !== '';
  if (encoding === 'json') {
    const partialSuccess = { rejectedSpans: String(rejected), errorMessage: message };
    return Buffer.from(JSON.stringify(said ? { partialSuccess } : {}));
  }
  const value = said ? { partialSuccess: { rejectedSpans: rejected, errorMessage: message } } : {};
  return encode(response, value);
}

/** OTLP specification, "Failures": the body of a refusal is a google.rpc.Status. */
export function encodeStatus(httpStatus: number, message: string, encoding: Encoding): Buffer {
  const value = { code: RPC_CODES[httpStatus] ?? (httpStatus >= 500 ? 13 : 3), message };
  return encoding === 'json' ? Buffer.from(JSON.stringify(value)) : encode(status, value);
}

/** google.rpc.Code: INVALID_ARGUMENT 3, RESOURCE_EXHAUSTED 8, UNAVAILABLE 14, UNAUTHENTICATED 16, PERMISSION_DENIED 7. */
const RPC_CODES: Readonly<Record<number, number>> = { 401: 16, 403: 7, 404: 5, 413: 8, 429: 8, 503: 14 };

function encode(type: protobuf.Type | undefined, value: object): Buffer {
  if (type === undefined) throw new Error('the descriptor lacks an answer');
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}
