// Package telemetry tells of a promoted design at work: metrics for Prometheus
// to fetch, and traces and metrics with the semantic conventions for generative
// AI (v1.41.0) by OTLP over HTTP, where the usual OTEL_ variables of the
// environment say so. Nothing that a case holds is told: no id, no input, no
// outcome but values out of a list.
package telemetry
