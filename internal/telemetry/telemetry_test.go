package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/telemetry"
	"github.com/rehearse-dev/rehearse/service"
)

var workflow = &design.Workflow{
	Name: "claims", Currency: "GBP",
	Outcome: flow.NewSchema(
		flow.Field{Name: "decision", Type: flow.Type{Kind: flow.Enum, Enum: []string{"pay", "refuse"}}},
		flow.Field{Name: "payee", Type: flow.Type{Kind: flow.String}},
	),
}

// happen tells of a day at work.
func happen(o service.Observer) {
	ctx := context.Background()
	o.Ran(ctx, nil, &engine.Ran{Wall: time.Millisecond, Spent: 0.1, Trial: &flow.Trial{
		Status: flow.Automated, Outcome: []any{"pay", "Ada Lovelace"},
		Spans:    []flow.Span{{Step: "ask", Confidence: &flow.Confidence{Calibrated: 0.85}, Attempts: []flow.Attempt{{Price: 0.25}}}},
		Handoffs: []flow.Handoff{{From: "input", To: "ask"}, {From: "ask", To: "check", Kind: flow.Incomplete, Clause: "Ada"}, {From: "a", To: "b", Kind: flow.Late, Shadow: true}},
	}})
	o.Ran(ctx, nil, &engine.Ran{Trial: &flow.Trial{Status: flow.Escalated, Team: "desk", Reason: "low_confidence"}})
	o.Shadowed(ctx, "other", &engine.Ran{Trial: &flow.Trial{Status: flow.Automated}})
	o.Dropped("other")
	agrees := true
	o.Decided(&service.Decision{Took: 90 * time.Second, Agrees: &agrees}, time.Hour)
}

// fetched are the metrics as Prometheus reads them.
func fetched(t *testing.T, m *telemetry.Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// TestPrometheus parses /metrics as Prometheus does.
func TestPrometheus(t *testing.T) {
	m := telemetry.NewMetrics(workflow, "rules", "d1", 5)
	told, err := telemetry.Open(context.Background(), m, workflow, "rules")
	if err != nil {
		t.Fatal(err)
	}
	happen(told)
	m.Overloaded()
	families := fetched(t, m)
	for _, tt := range []struct {
		name, labels string
		want         float64
	}{
		{"rehearse_cases_total", "status=automated workflow=claims", 1},
		{"rehearse_cases_total", "status=failed workflow=claims", 0},
		{"rehearse_outcomes_total", "field=decision value=pay workflow=claims", 1},
		{"rehearse_escalations_total", "reason=low_confidence team=desk workflow=claims", 1},
		{"rehearse_handoff_failures_total", "from=ask kind=incomplete to=check workflow=claims", 1},
		{"rehearse_confidence", "step=ask workflow=claims", 1},
		{"rehearse_cost_total", "currency=GBP workflow=claims", 0.25},
		{"rehearse_spent_total", "currency=GBP workflow=claims", 0.1},
		{"rehearse_saved_minutes_total", "workflow=claims", 5},
		{"rehearse_review_seconds_total", "workflow=claims", 90},
		{"rehearse_decisions_total", "agrees=yes workflow=claims", 1},
		{"rehearse_decision_wait_seconds", "workflow=claims", 1},
		{"rehearse_shadow_cases_total", "design=other status=automated workflow=claims", 1},
		{"rehearse_shadow_dropped_total", "design=other workflow=claims", 1},
		{"rehearse_overloaded_total", "workflow=claims", 1},
		{"rehearse_case_duration_seconds", "workflow=claims", 2},
		{"rehearse_promoted_info", "design=rules digest=d1 workflow=claims", 1},
	} {
		found := false
		for _, x := range families[tt.name].GetMetric() {
			var labels []string
			for _, l := range x.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			slices.Sort(labels)
			if strings.Join(labels, " ") != tt.labels {
				continue
			}
			found = true
			if got := x.GetCounter().GetValue() + float64(x.GetHistogram().GetSampleCount()); got != tt.want {
				t.Errorf("%s{%s}: %v, want %v", tt.name, tt.labels, got, tt.want)
			}
		}
		if !found {
			t.Errorf("%s{%s} is not there: %v", tt.name, tt.labels, families[tt.name])
		}
	}
	if got := len(families["rehearse_handoff_failures_total"].GetMetric()); got != 1 {
		t.Errorf("%d edges, want 1: none in shadow", got)
	}
}

// TestBounded: a label takes so many values, whatever comes.
func TestBounded(t *testing.T) {
	m := telemetry.NewMetrics(workflow, "rules", "d1", 0)
	told, err := telemetry.Open(context.Background(), m, workflow, "rules")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		told.Ran(context.Background(), nil, &engine.Ran{Trial: &flow.Trial{Status: flow.Escalated, Team: "desk", Reason: fmt.Sprint("why ", i)}})
	}
	reasons := fetched(t, m)["rehearse_escalations_total"].GetMetric()
	if len(reasons) != 101 {
		t.Errorf("%d series, want 100 and one for the rest", len(reasons))
	}
}

// model is a step that asks a model.
type asks struct{ err error }

func (a asks) Terms() (flow.Terms, error) {
	return flow.Terms{Endpoint: "house", Model: "m-1"}, nil
}

func (a asks) Do(context.Context, flow.Input) (flow.Output, error) {
	return flow.Output{Values: []any{"pay"}, Attempts: []flow.Attempt{{TokensIn: 10, Class: flow.ErrUnavailable}, {TokensIn: 11, TokensCached: 4, TokensOut: 3, Model: "m-1-2026"}}}, a.err
}

// receiver is a stand-in for a collector of OpenTelemetry.
type receiver struct {
	mu      sync.Mutex
	spans   []*tracepb.Span
	metrics map[string][]string // attributes of data points by name
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	in := io.Reader(q.Body)
	if q.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if in, err = gzip.NewReader(in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	body, err := io.ReadAll(in)
	if err != nil || q.Header.Get("Content-Type") != "application/x-protobuf" {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch q.URL.Path {
	case "/v1/traces":
		var x collectortrace.ExportTraceServiceRequest
		err = proto.Unmarshal(body, &x)
		for _, s := range x.ResourceSpans {
			for _, y := range s.ScopeSpans {
				r.spans = append(r.spans, y.Spans...)
			}
		}
	case "/v1/metrics":
		var x collectormetrics.ExportMetricsServiceRequest
		err = proto.Unmarshal(body, &x)
		for _, s := range x.ResourceMetrics {
			for _, y := range s.ScopeMetrics {
				for _, m := range y.Metrics {
					for _, p := range m.GetHistogram().GetDataPoints() {
						r.metrics[m.Name] = append(r.metrics[m.Name], fmt.Sprintf("%s sum=%v", attributes(p.Attributes), p.GetSum()))
					}
					for _, p := range m.GetSum().GetDataPoints() {
						r.metrics[m.Name] = append(r.metrics[m.Name], fmt.Sprintf("%s sum=%v", attributes(p.Attributes), p.GetAsInt()))
					}
				}
			}
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func attributes(list []*common.KeyValue) string {
	var out []string
	for _, a := range list {
		v := a.Value.GetStringValue()
		if _, ok := a.Value.Value.(*common.AnyValue_IntValue); ok {
			v = fmt.Sprint(a.Value.GetIntValue())
		}
		out = append(out, a.Key+"="+v)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestOTLP runs cases with a collector that is named in the environment, and
// reads what it got.
func TestOTLP(t *testing.T) {
	got := &receiver{metrics: map[string][]string{}}
	server := httptest.NewServer(got)
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	ctx := context.Background()
	m := telemetry.NewMetrics(workflow, "rules", "d1", 0)
	told, err := telemetry.Open(ctx, m, workflow, "rules")
	if err != nil {
		t.Fatal(err)
	}
	// The caller's trace goes on.
	request := httptest.NewRequest("POST", "/cases", nil)
	request.Header.Set("traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
	told.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		within, end := told.Case(r.Context())
		step := &design.Node{Name: "ask", Kind: "llm", Actor: flow.AI, Step: asks{}}
		for _, failed := range []error{nil, flow.Errorf(flow.ErrMalformed, "Ada Lovelace is no JSON")} {
			inner, done := told.Step(within, step)
			out, _ := asks{}.Do(inner, flow.Input{})
			done(out, failed)
		}
		_, done := told.Step(within, &design.Node{Name: "check", Kind: "rules", Actor: flow.Rule, Step: flow.StepFunc(nil)})
		done(flow.Output{}, nil)
		end(&engine.Ran{Trial: &flow.Trial{Case: "Ada Lovelace", Status: flow.Escalated, Team: "desk", Handoffs: []flow.Handoff{{From: "ask", To: "check", Kind: flow.Malformed}}}}, nil)
	})).ServeHTTP(nil, request)
	happen(told)
	if err := told.Close(ctx); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range got.spans {
		names = append(names, s.Name)
		if fmt.Sprintf("%x", s.TraceId) != "0123456789abcdef0123456789abcdef" {
			t.Errorf("span %s is of trace %x", s.Name, s.TraceId)
		}
		if strings.Contains(s.String(), "Lovelace") {
			t.Errorf("a name is told: %s", s)
		}
	}
	if want := []string{"chat m-1", "chat m-1", "step check", "invoke_workflow claims"}; !slices.Equal(names, want) {
		t.Fatalf("spans %q, want %q", names, want)
	}
	want := "gen_ai.operation.name=chat gen_ai.provider.name=house gen_ai.request.model=m-1 gen_ai.response.model=m-1-2026 gen_ai.usage.cache_read.input_tokens=4 gen_ai.usage.input_tokens=21 gen_ai.usage.output_tokens=3 rehearse.actor=ai rehearse.kind=llm rehearse.step=ask rehearse.stored="
	if a := attributes(got.spans[0].Attributes); a != want {
		t.Errorf("attributes\n%s, want\n%s", a, want)
	}
	if s := got.spans[1]; s.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || !strings.Contains(attributes(s.Attributes), "error.type=malformed") {
		t.Errorf("%s", s)
	}
	root := got.spans[3]
	if len(root.Events) != 1 || !bytes.Equal(got.spans[0].ParentSpanId, root.SpanId) || !strings.Contains(attributes(root.Attributes), "gen_ai.workflow.name=claims") {
		t.Errorf("%s", root)
	}
	for name, want := range map[string]string{
		"gen_ai.client.token.usage":        "gen_ai.operation.name=chat gen_ai.provider.name=house gen_ai.request.model=m-1 gen_ai.response.model=m-1-2026 gen_ai.token.type=input sum=42",
		"gen_ai.client.operation.duration": "error.type=malformed gen_ai.operation.name=chat",
		"rehearse.cases":                   "rehearse.status=automated rehearse.workflow=claims sum=1",
		"rehearse.handoff.failures":        "rehearse.from=ask rehearse.kind=incomplete rehearse.to=check sum=1",
		"rehearse.case.duration":           "rehearse.workflow=claims sum=0.001",
	} {
		if !slices.ContainsFunc(got.metrics[name], func(p string) bool { return strings.Contains(p, want) }) {
			t.Errorf("%s: %q, want %s", name, got.metrics[name], want)
		}
	}
}

// TestEnvironment: what is asked for and cannot be done is said.
func TestEnvironment(t *testing.T) {
	for _, tt := range []struct{ why, name, value, want string }{
		{"gRPC", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", `OTEL_EXPORTER_OTLP_PROTOCOL="grpc": want http/protobuf`},
		{"another exporter", "OTEL_METRICS_EXPORTER", "prometheus", "for Prometheus there is /metrics"},
		{"none", "OTEL_TRACES_EXPORTER", "none", ""},
		{"nothing at all", "OTEL_SDK_DISABLED", "true", ""},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Setenv(tt.name, tt.value)
			told, err := telemetry.Open(context.Background(), telemetry.NewMetrics(workflow, "rules", "d1", 0), workflow, "rules")
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if err == nil {
				told.Close(context.Background())
			}
		})
	}
}
