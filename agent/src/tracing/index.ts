export {
  type ActiveSpan,
  type Attributes,
  type AttributeValue,
  activeTracer,
  type SpanStart,
  type Tracer,
  useTracer,
} from "./tracer.ts";
