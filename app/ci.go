package app

import (
	"fmt"
	"io"
	"os"
)

// reviewable is an answer that is printed for CI servers too.
type reviewable interface {
	printable
	PullRequest(w io.Writer) error
	JUnit(w io.Writer) error
	GitHub(w io.Writer) error
}

const reviewUsage = "text, md, html, json, pr (a comment of a pull request), junit or github (annotations of a workflow there, and its step summary)"

// reviewPrinter is the way to print that --format names, onto s.out or into a
// file. For a workflow on GitHub the comment goes into its step summary.
func reviewPrinter(s *streams, format, output string) (func(reviewable) error, error) {
	write, ok := map[string]func(reviewable, io.Writer) error{
		"pr": reviewable.PullRequest, "junit": reviewable.JUnit, "github": reviewable.GitHub,
	}[format]
	if ok {
		return func(r reviewable) error {
			if err := s.print(output, func(w io.Writer) error { return write(r, w) }); err != nil || format != "github" {
				return err
			}
			return stepSummary(r)
		}, nil
	}
	plain, err := printer(s, format, output)
	if err != nil {
		return nil, withCode(ExitUsage, fmt.Errorf("--format %q: want %s", format, reviewUsage))
	}
	return func(r reviewable) error { return plain(r) }, nil
}

// stepSummary adds the comment of an answer to the summary of a workflow's step,
// where there is one.
func stepSummary(r reviewable) error {
	path := os.Getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("the step summary: %w", err)
	}
	if err := r.PullRequest(f); err != nil {
		f.Close()
		return fmt.Errorf("the step summary: %w", err)
	}
	return f.Close()
}
