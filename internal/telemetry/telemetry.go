package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/semconv/v1.41.0/genaiconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/service"
)

const scope = "github.com/rehearse-dev/rehearse/internal/telemetry"

// Telemetry tells of a service, to Prometheus and by OTLP. It is the service's
// observer and tracer.
type Telemetry struct {
	*Metrics
	workflow string
	design   string

	tracer   trace.Tracer // nil where no traces are exported
	cases    metric.Int64Counter
	failures metric.Int64Counter
	duration metric.Float64Histogram
	tokens   genaiconv.ClientTokenUsage
	calls    genaiconv.ClientOperationDuration
	shutdown []func(context.Context) error
}

// Open begins to export where the environment says so: OTEL_EXPORTER_OTLP_ENDPOINT
// and its kin, unless OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER or
// OTEL_METRICS_EXPORTER say otherwise.
func Open(ctx context.Context, m *Metrics, w *design.Workflow, name string) (*Telemetry, error) {
	t := &Telemetry{Metrics: m, workflow: w.Name, design: name}
	traces, err := exports("TRACES")
	if err != nil {
		return nil, err
	}
	metrics, err := exports("METRICS")
	if err != nil {
		return nil, err
	}
	about, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName("rehearse")), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	if traces {
		exporter, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, err
		}
		p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
		t.tracer = p.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))
		t.shutdown = append(t.shutdown, p.Shutdown)
	}
	var meters metric.MeterProvider = noop.NewMeterProvider()
	if metrics {
		exporter, err := otlpmetrichttp.New(ctx)
		if err != nil {
			return nil, errors.Join(err, t.Close(ctx))
		}
		p := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)), sdkmetric.WithResource(about), sdkmetric.WithCardinalityLimit(1000))
		t.shutdown = append(t.shutdown, p.Shutdown)
		meters = p
	}
	return t, errors.Join(t.instruments(meters.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))))
}

func (t *Telemetry) instruments(m metric.Meter) error {
	var errs [5]error
	t.cases, errs[0] = m.Int64Counter("rehearse.cases", metric.WithUnit("{case}"), metric.WithDescription("Cases by how they ended."))
	t.failures, errs[1] = m.Int64Counter("rehearse.handoff.failures", metric.WithUnit("{handoff}"), metric.WithDescription("Handoffs that failed, by edge and kind."))
	t.duration, errs[2] = m.Float64Histogram("rehearse.case.duration", metric.WithUnit("s"), metric.WithDescription("Time that the design worked on a case."))
	t.tokens, errs[3] = genaiconv.NewClientTokenUsage(m)
	t.calls, errs[4] = genaiconv.NewClientOperationDuration(m)
	return errors.Join(errs[:]...)
}

// exports says whether a signal is exported, by the variables of OpenTelemetry.
func exports(signal string) (bool, error) {
	if os.Getenv("OTEL_SDK_DISABLED") == "true" {
		return false, nil
	}
	switch v := os.Getenv("OTEL_" + signal + "_EXPORTER"); v {
	case "none":
		return false, nil
	case "", "otlp":
	default:
		return false, fmt.Errorf("OTEL_%s_EXPORTER=%q: want otlp or none; for Prometheus there is /metrics", signal, v)
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_" + signal + "_PROTOCOL"} {
		if v := os.Getenv(name); v != "" && v != "http/protobuf" {
			return false, fmt.Errorf("%s=%q: want http/protobuf", name, v)
		}
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != "", nil
}

// Close sends what waits.
func (t *Telemetry) Close(ctx context.Context) error {
	var err error
	for _, end := range t.shutdown {
		err = errors.Join(err, end(ctx))
	}
	return err
}

// Middleware takes the caller's trace on.
func (t *Telemetry) Middleware(next http.Handler) http.Handler {
	if t.tracer == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Case implements [service.Tracer].
func (t *Telemetry) Case(ctx context.Context) (context.Context, func(*engine.Ran, error)) {
	if t.tracer == nil {
		return ctx, func(*engine.Ran, error) {}
	}
	ctx, span := t.tracer.Start(ctx, "invoke_workflow "+t.workflow, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		semconv.GenAIOperationNameInvokeWorkflow, semconv.GenAIWorkflowName(t.workflow), attribute.String("rehearse.design", t.design)))
	return ctx, func(r *engine.Ran, err error) {
		defer span.End()
		if r != nil {
			span.SetAttributes(attribute.String("rehearse.status", string(r.Trial.Status)), attribute.String("rehearse.reason", r.Trial.Reason), attribute.String("rehearse.team", r.Trial.Team))
			if r.Entry != nil {
				span.SetAttributes(attribute.String("rehearse.trial", r.Entry.Trial()))
			}
			for _, h := range r.Trial.Handoffs {
				if h.Kind != "" && !h.Shadow {
					span.AddEvent("handoff failed", trace.WithAttributes(attribute.String("rehearse.from", h.From), attribute.String("rehearse.to", h.To), attribute.String("rehearse.kind", string(h.Kind))))
				}
			}
		}
		if err != nil || r != nil && r.Trial.Status == flow.Failed {
			span.SetStatus(codes.Error, "the case failed")
		}
	}
}

// Step implements [engine.Tracer].
func (t *Telemetry) Step(ctx context.Context, n *design.Node) (context.Context, func(flow.Output, error)) {
	call := callOf(n)
	begun := time.Now()
	var span trace.Span
	if t.tracer != nil {
		name, kind := "step "+n.Name, trace.SpanKindInternal
		attributes := []attribute.KeyValue{attribute.String("rehearse.step", n.Name), attribute.String("rehearse.kind", n.Kind), attribute.String("rehearse.actor", string(n.Actor))}
		if call != nil {
			name, kind = string(call.operation)+" "+call.model, trace.SpanKindClient
			attributes = append(attributes, semconv.GenAIOperationNameKey.String(string(call.operation)), semconv.GenAIProviderNameKey.String(call.provider), semconv.GenAIRequestModel(call.model))
		}
		ctx, span = t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
	}
	return ctx, func(out flow.Output, err error) {
		class := ""
		if err != nil {
			class = string(flow.ErrStep)
			var se *flow.StepError
			if errors.As(err, &se) {
				class = string(se.Class)
			}
		}
		if call != nil {
			t.called(ctx, call, out, class, time.Since(begun), span)
		}
		if span == nil {
			return
		}
		if class != "" {
			span.SetAttributes(semconv.ErrorTypeKey.String(class))
			span.SetStatus(codes.Error, class) // an error's text may hold what is personal
		}
		span.End()
	}
}

// call is a step's call of a model, as far as it is known beforehand.
type call struct {
	operation       genaiconv.OperationNameAttr
	provider, model string
}

// callOf is nil for a step that calls no model.
func callOf(n *design.Node) *call {
	c, ok := n.Step.(flow.Caller)
	if !ok {
		return nil
	}
	terms, err := c.Terms()
	if err != nil || terms.Model == "" {
		return nil
	}
	out := &call{operation: genaiconv.OperationNameChat, provider: terms.Endpoint, model: terms.Model}
	if terms.Embeds {
		out.operation = genaiconv.OperationNameEmbeddings
	}
	if out.provider == "" {
		out.provider = "_OTHER"
	}
	return out
}

// called tells of a call that was made: of the tokens of all its attempts, and
// of how long it took unless the answer was stored.
func (t *Telemetry) called(ctx context.Context, c *call, out flow.Output, class string, took time.Duration, span trace.Span) {
	var in, cached, made int64
	answered := ""
	for _, a := range out.Attempts {
		in, cached, made = in+a.TokensIn, cached+a.TokensCached, made+a.TokensOut
		if a.Model != "" {
			answered = a.Model
		}
	}
	if span != nil {
		span.SetAttributes(semconv.GenAIUsageInputTokens(int(in)), semconv.GenAIUsageOutputTokens(int(made)), semconv.GenAIUsageCacheReadInputTokens(int(cached)), attribute.Bool("rehearse.stored", out.Cost.Cached))
		if answered != "" {
			span.SetAttributes(semconv.GenAIResponseModel(answered))
		}
	}
	if out.Cost.Cached {
		return // nothing was called now
	}
	attributes := []attribute.KeyValue{t.tokens.AttrRequestModel(c.model)}
	if answered != "" {
		attributes = append(attributes, t.tokens.AttrResponseModel(answered))
	}
	provider := genaiconv.ProviderNameAttr(c.provider)
	t.tokens.Record(ctx, in, c.operation, provider, genaiconv.TokenTypeInput, attributes...)
	t.tokens.Record(ctx, made, c.operation, provider, genaiconv.TokenTypeOutput, attributes...)
	if class != "" {
		attributes = append(attributes, t.calls.AttrErrorType(genaiconv.ErrorTypeAttr(class)))
	}
	t.calls.Record(ctx, took.Seconds(), c.operation, provider, attributes...)
}

// Ran implements [service.Observer].
func (t *Telemetry) Ran(ctx context.Context, _ *flow.Case, r *engine.Ran) {
	t.ran(r)
	t.cases.Add(ctx, 1, metric.WithAttributes(attribute.String("rehearse.workflow", t.workflow), attribute.String("rehearse.status", string(r.Trial.Status))))
	t.duration.Record(ctx, r.Wall.Seconds(), metric.WithAttributes(attribute.String("rehearse.workflow", t.workflow)))
	for _, h := range r.Trial.Handoffs {
		if h.Kind != "" && !h.Shadow {
			t.failures.Add(ctx, 1, metric.WithAttributes(attribute.String("rehearse.from", h.From), attribute.String("rehearse.to", h.To), attribute.String("rehearse.kind", string(h.Kind))))
		}
	}
}

// Shadowed implements [service.Observer].
func (t *Telemetry) Shadowed(_ context.Context, design string, r *engine.Ran) {
	t.shadows.WithLabelValues(design, string(r.Trial.Status)).Inc()
}

// Dropped implements [service.Observer].
func (t *Telemetry) Dropped(design string) { t.dropped.WithLabelValues(design).Inc() }

// Decided implements [service.Observer].
func (t *Telemetry) Decided(d *service.Decision, waited time.Duration) { t.decided(d, waited) }
