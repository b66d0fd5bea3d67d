package score

import "github.com/rehearse-dev/rehearse/internal/stats"

// MarshalJSON writes the metric, with its interval under a key of its own.
func (m Metric) MarshalJSON() ([]byte, error) { return stats.MarshalEmbedding(m) }

// MarshalJSON writes the field, with its interval under a key of its own.
func (f Field) MarshalJSON() ([]byte, error) { return stats.MarshalEmbedding(f) }

// MarshalJSON writes the edge, with its interval under a key of its own.
func (e Edge) MarshalJSON() ([]byte, error) { return stats.MarshalEmbedding(e) }
