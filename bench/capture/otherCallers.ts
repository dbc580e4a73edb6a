import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bureau, decide, fraud, terms, type Application } from './workload.js';

type Caller = (application: Application) => unknown;

interface Span {
  setAttribute(name: string, value: string): unknown;
  end(): void;
}

interface Tracer {
  startActiveSpan<T>(name: string, act: (span: Span) => T): T;
}

interface Observation {
  update(attributes: object): Observation;
  startObservation(name: string, attributes: object, options: object): Observation;
  end(): void;
}

/** As much of the packages as is used here: they are installed by the bench and no dependency. */
interface Packages {
  readonly '@opentelemetry/api': { readonly trace: { getTracer(name: string): Tracer } };
  readonly '@opentelemetry/sdk-trace-node': {
    readonly NodeTracerProvider: new (options: object) => { register(): void };
    readonly BatchSpanProcessor: new (exporter: unknown) => unknown;
  };
  readonly '@opentelemetry/exporter-trace-otlp-http': { readonly OTLPTraceExporter: new (options: object) => unknown };
  readonly '@langfuse/otel': { readonly LangfuseSpanProcessor: new (options: object) => unknown };
  readonly '@langfuse/tracing': {
    readonly startObservation: (name: string, attributes: object, options: object) => Observation;
  };
}

function load<K extends keyof Packages>(dir: string, name: K): Promise<Packages[K]> {
  const file = createRequire(join(dir, 'package.json')).resolve(name);
  return import(pathToFileURL(file).href) as Promise<Packages[K]>;
}

/** A span of the decision and one of each call, with input and output as attributes; batches go to `endpoint`. */
export async function otelCaller(dir: string, endpoint: string): Promise<Caller> {
  const { NodeTracerProvider, BatchSpanProcessor } = await load(dir, '@opentelemetry/sdk-trace-node');
  const { OTLPTraceExporter } = await load(dir, '@opentelemetry/exporter-trace-otlp-http');
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
  new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }).register();
  const { trace } = await load(dir, '@opentelemetry/api');
  const tracer = trace.getTracer('bench');
  const spanned =
    <A extends unknown[]>(name: string, fn: (...args: A) => object) =>
    (...args: A): object =>
      tracer.startActiveSpan(name, (span) => {
        span.setAttribute('input', JSON.stringify(args));
        const result = fn(...args);
        span.setAttribute('output', JSON.stringify(result));
        span.end();
        return result;
      });
  const calls = {
    bureau: spanned('bureau.lookup', bureau),
    fraud: spanned('fraud.score', fraud),
    terms: spanned('terms.price', terms),
  };
  return (application) =>
    tracer.startActiveSpan('underwriter', (span) => {
      span.setAttribute('input', JSON.stringify(application));
      const decision = decide(application, calls);
      span.setAttribute('output', JSON.stringify(decision));
      span.end();
      return decision;
    });
}

/** A generation of the decision and a tool observation of each call. */
export async function langfuseCaller(dir: string, endpoint: string): Promise<Caller> {
  const { NodeTracerProvider } = await load(dir, '@opentelemetry/sdk-trace-node');
  const { LangfuseSpanProcessor } = await load(dir, '@langfuse/otel');
  const keys = { publicKey: 'pk-lf-bench', secretKey: 'sk-lf-bench', baseUrl: endpoint };
  new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor(keys)] }).register();
  const { startObservation } = await load(dir, '@langfuse/tracing');
  return (application) => {
    const outer = startObservation('underwriter', { input: application }, { asType: 'generation' });
    const observed =
      <A extends unknown[]>(name: string, fn: (...args: A) => object) =>
      (...args: A): object => {
        const call = outer.startObservation(name, { input: args }, { asType: 'tool' });
        const output = fn(...args);
        call.update({ output }).end();
        return output;
      };
    const decision = decide(application, {
      bureau: observed('bureau.lookup', bureau),
      fraud: observed('fraud.score', fraud),
      terms: observed('terms.price', terms),
    });
    outer.update({ output: decision }).end();
    return decision;
  };
}
