//go:build !long

package workflows_test

// stride is how many places there are to one that is tried.
const stride = 100
