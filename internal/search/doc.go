// Package search finds passages: it cuts documents into chunks, indexes their
// words, and ranks chunks for a query. An index is built once and never
// changes; the same documents and query give the same hits in the same order.
package search
