package report

// Update is the flag that rewrites golden files, for tests outside the package.
var Update = update
