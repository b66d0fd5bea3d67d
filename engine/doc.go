// Package engine runs one case through one compiled design. It is the only
// package that runs steps: replay uses it for thousands of historical cases,
// a service for the case at hand.
package engine
