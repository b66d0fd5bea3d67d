package telemetry

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/service"
)

// Metrics are what Prometheus fetches; docs/serve.md has their meanings.
type Metrics struct {
	registry *prometheus.Registry
	workflow *design.Workflow
	minutes  float64

	cases, outcomes, escalations, handoffs     *prometheus.CounterVec
	decisions, shadows, dropped                *prometheus.CounterVec
	cost, spent, saved, reviewed, overloaded   prometheus.Counter
	confidence                                 *prometheus.HistogramVec
	duration, waited                           prometheus.Histogram
	reason, step, from, to, team, modelOutcome bounded
}

// NewMetrics are the metrics of a workflow's design. minutes is people's time
// for a case where nothing is automated; 0 where nobody says.
func NewMetrics(w *design.Workflow, designName, digest string, minutes float64) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), workflow: w, minutes: minutes}
	constant := prometheus.Labels{"workflow": w.Name}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rehearse_" + name, Help: help, ConstLabels: constant}, labels)
		m.registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "rehearse_" + name, Help: help, Buckets: buckets, ConstLabels: constant}, labels)
		m.registry.MustRegister(h)
		return h
	}
	m.cases = counter("cases_total", "Cases by how they ended.", "status")
	m.outcomes = counter("outcomes_total", "Automated cases by the values of outcome fields that are out of a list.", "field", "value")
	m.escalations = counter("escalations_total", "Escalated cases by team and reason.", "team", "reason")
	m.handoffs = counter("handoff_failures_total", "Handoffs that failed, by edge and kind; none in shadow.", "from", "to", "kind")
	m.decisions = counter("decisions_total", "Reviewers' decisions, by whether the design would have decided the same.", "agrees")
	m.shadows = counter("shadow_cases_total", "Cases that a design worked on in shadow, by how they ended.", "design", "status")
	m.dropped = counter("shadow_dropped_total", "Cases that a design in shadow did not work on, because too many waited or it could not.", "design")
	currency := w.Currency
	m.cost = counter("cost_total", "Listed price of calls, in the workflow's currency.", "currency").WithLabelValues(currency)
	m.spent = counter("spent_total", "Money that calls cost, in the workflow's currency.", "currency").WithLabelValues(currency)
	m.overloaded = counter("overloaded_total", "Cases refused because too many waited.").WithLabelValues()
	m.reviewed = counter("review_seconds_total", "Time that reviewers said they took.").WithLabelValues()
	if minutes > 0 {
		m.saved = counter("saved_minutes_total", "People's time for a case where nothing is automated, for each automated case.").WithLabelValues()
	}
	m.confidence = histogram("confidence", "Calibrated confidence of steps that state one.", prometheus.LinearBuckets(0.1, 0.1, 10), "step")
	m.duration = histogram("case_duration_seconds", "Time that the design worked on a case.", prometheus.ExponentialBuckets(0.0005, 2, 18)).WithLabelValues().(prometheus.Histogram)
	m.waited = histogram("decision_wait_seconds", "Time from a case's coming to its reviewer's decision.", prometheus.ExponentialBuckets(30, 3, 10)).WithLabelValues().(prometheus.Histogram)
	counter("promoted_info", "What is in production: 1.", "design", "digest").WithLabelValues(designName, digest).Inc()
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, s := range []flow.Status{flow.Automated, flow.Escalated, flow.Failed, flow.NotMeasured} {
		m.cases.WithLabelValues(string(s)) // a rate from the first case on
	}
	return m
}

// Watch adds what is true of a service when it is looked at.
func (m *Metrics) Watch(s *service.Service) {
	constant := prometheus.Labels{"workflow": m.workflow.Name}
	gauge := func(name, help string, f func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rehearse_" + name, Help: help, ConstLabels: constant}, f))
	}
	gauge("queue_cases", "Escalated cases that wait for a reviewer.", func() float64 { return float64(s.Waiting()) })
	gauge("audit_bytes", "Bytes of the audit log.", func() float64 { n, _ := s.AuditSize(); return float64(n) })
	gauge("audit_limit_bytes", "Bytes that the audit log may have; 0 for no limit.", func() float64 { _, n := s.AuditSize(); return float64(n) })
	gauge("ready", "1 while cases can be taken in.", func() float64 {
		if s.Ready() != nil {
			return 0
		}
		return 1
	})
}

// Handler answers Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Overloaded counts a case that was refused because too many waited.
func (m *Metrics) Overloaded() { m.overloaded.Inc() }

func (m *Metrics) ran(r *engine.Ran) {
	t := r.Trial
	m.cases.WithLabelValues(string(t.Status)).Inc()
	m.duration.Observe(r.Wall.Seconds())
	m.cost.Add(max(0, audit.Cost(t)))
	m.spent.Add(max(0, r.Spent))
	switch t.Status {
	case flow.Escalated:
		m.escalations.WithLabelValues(m.team.of(t.Team), m.reason.of(t.Reason)).Inc()
	case flow.Automated:
		if m.saved != nil {
			m.saved.Add(m.minutes)
		}
		for i, f := range m.workflow.Outcome.Fields() {
			if i >= len(t.Outcome) || f.Type.Kind != flow.Enum && f.Type.Kind != flow.Boolean || t.Outcome[i] == nil {
				continue
			}
			m.outcomes.WithLabelValues(f.Name, m.modelOutcome.of(fmt.Sprint(t.Outcome[i]))).Inc()
		}
	}
	for i := range t.Handoffs {
		if h := &t.Handoffs[i]; h.Kind != "" && !h.Shadow {
			m.handoffs.WithLabelValues(m.from.of(h.From), m.to.of(h.To), string(h.Kind)).Inc()
		}
	}
	for i := range t.Spans {
		if s := &t.Spans[i]; s.Confidence != nil && !s.Shadow {
			m.confidence.WithLabelValues(m.step.of(s.Step)).Observe(s.Confidence.Calibrated)
		}
	}
}

func (m *Metrics) decided(d *service.Decision, waited time.Duration) {
	agrees := "unknown"
	if d.Agrees != nil {
		agrees = map[bool]string{true: "yes", false: "no"}[*d.Agrees]
	}
	m.decisions.WithLabelValues(agrees).Inc()
	m.reviewed.Add(d.Took.Seconds())
	m.waited.Observe(waited.Seconds())
}

// bounded lets through so many different texts as a label's values; all others
// are one. Names come from designs and are few, but nobody checks.
type bounded struct {
	mu   sync.Mutex
	seen map[string]bool
}

const mostValues = 100

// Other stands for the values of a label that are too many.
const Other = "(other)"

func (b *bounded) of(text string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen[text] {
		return text
	}
	if len(b.seen) >= mostValues {
		return Other
	}
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	b.seen[text] = true
	return text
}
