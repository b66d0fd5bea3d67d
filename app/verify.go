package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/sshsig"
)

// verifyFlags are the flags of eval verify.
type verifyFlags struct {
	signers                             string
	acceptOverride, deployed, recompute bool
}

func verifyCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify PRODUCTION",
		Short: "Check that what is in production is what was promoted, byte for byte, and may be deployed",
		Long: `Verify reads a production folder (or the production.yaml in it), recomputes
every digest, checks the signatures, and names every field and file that is not
as it was promoted, also in the history: exit code 3.

What is as it was promoted may be deployed unless it has expired, its gate did
not pass, or it is not signed by one of --allowed-signers, a file as ssh-keygen
reads it: exit code 4.

The rows of the evidence stay where their owner keeps them: what of them is not
there is noted, with its digest.

--recompute replays the design and its baseline on the rows of the evidence,
from stored answers, and checks every count and bound: exit code 4 where one
differs, 5 where the rows, stored answers or the baseline are gone or changed. It is a look at
the held-out split.`,
		Example: join(s.program,
			"%s verify workflows/invoice/production",
			"%s verify workflows/invoice/production/production.yaml --allowed-signers allowed_signers",
			"%s verify workflows/invoice/production --recompute"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			dir := a[0]
			if info, err := os.Stat(dir); err == nil && !info.IsDir() {
				dir = filepath.Dir(dir)
			}
			return verify(c.Context(), r, s, &f, dir)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.signers, "allowed-signers", "", "want a signature by a key in this `file`")
	flags.BoolVar(&f.acceptOverride, "accept-override", false, "let pass what was promoted by an override")
	flags.BoolVar(&f.deployed, "deployed", false, "it is a deployed copy, without its history")
	flags.BoolVar(&f.recompute, "recompute", false, "replay the design and check its counts and bounds")
	return c
}

func verify(ctx context.Context, r *flow.Registry, s *streams, f *verifyFlags, dir string) error {
	check := promote.Verify
	if f.deployed {
		check = promote.VerifyDeployed
	}
	p, problems := check(dir)
	if err := problems.Err(); err != nil {
		return withCode(ExitInput, err)
	}
	objections := p.Objections(time.Now(), f.acceptOverride)
	signer := ""
	if f.signers != "" {
		who, err := signedBy(dir, f.signers)
		var unsigned *notSigned
		switch {
		case errors.As(err, &unsigned):
			objections = append(objections, err.Error())
		case err != nil:
			return withCode(ExitInput, err)
		}
		signer = ", signed by " + who
	}
	if len(objections) > 0 {
		return withCode(ExitFailed, fmt.Errorf("%s: as promoted, and not to be deployed: %s", dir, strings.Join(objections, "; ")))
	}
	if f.recompute {
		if err := recheck(ctx, r, s, dir, p); err != nil {
			return err
		}
	}
	if !f.deployed {
		noteRows(s.err, projectRoot(dir), p)
	}
	fmt.Fprintf(s.out, "%s %s, promoted %s by %s: %s, as promoted (gate: %s)%s\n",
		p.Workflow, p.Design, p.Promoted.At, p.Promoted.By, count(len(p.Files), "file"), p.Evidence.Gate.Reason, signer)
	return nil
}

// noteRows names what the evidence was measured on that is not where it was. That is
// no fault of what is deployed: rows stay where their owner keeps them.
func noteRows(w io.Writer, root string, p *promote.Production) {
	for _, f := range append([]promote.DataFile{p.DriftBaseline.Card}, p.DriftBaseline.Sources...) {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(f.Path))); err != nil {
			fmt.Fprintf(w, "note: %s, with the digest %.12s, is not there: neither --recompute nor drift can be told without these rows\n", f.Path, f.SHA256)
		}
	}
}

// notSigned says that nobody who may has signed.
type notSigned struct{ why string }

func (e *notSigned) Error() string { return e.why }

// signedBy is who of the allowed signers signed what is in production.
func signedBy(dir, signers string) (string, error) {
	data, err := os.ReadFile(signers)
	if err != nil {
		return "", err
	}
	allowed, err := sshsig.ParseAllowedSigners(signers, data)
	if err != nil {
		return "", err
	}
	path, key, err := promote.Signature(dir)
	switch {
	case err != nil:
		return "", &notSigned{fmt.Sprintf("%s: %v", path, err)}
	case key == nil:
		return "", &notSigned{"it is not signed: there is no " + path}
	}
	who, ok := allowed.Who(key, promote.Namespace, time.Now())
	if !ok {
		return "", &notSigned{fmt.Sprintf("%s is by a key that %s does not allow", path, signers)}
	}
	return who, nil
}
